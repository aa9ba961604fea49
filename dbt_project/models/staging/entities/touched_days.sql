{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}
{#- A full build rebuilds every day and needs no list; from then on each new file adds its days, and the
    days of the events it moves elsewhere. Rows of earlier files stay: a run that failed half-way
    finds its days again. -#}
{%- set events = events_so_far() -%}
with arrived as (

    select
        event_key,
        _source_hash,
        {{ local_date('occurred_at') }} as event_date
    from {{ ref('delivered_events') }}
    where
        _bad_column is null
        and is_event
        {%- if is_incremental() %}
        and _source_hash in {{ new_files() }}
        {%- else %}
        and false
        {%- endif %}

),

days as (

    select
        _source_hash as source_hash,
        event_date
    from arrived
    {%- if is_incremental() and events is not none %}

    union all

    select
        arrived._source_hash as source_hash,
        events.event_date
    from {{ events }} as events
    inner join arrived on events.event_key = arrived.event_key
    {%- endif %}

)

select distinct
    source_hash,
    event_date
from days
{%- if is_incremental() %}
where (source_hash, event_date) not in (select (known.source_hash, known.event_date) from {{ this }} as known)
{%- endif %}
