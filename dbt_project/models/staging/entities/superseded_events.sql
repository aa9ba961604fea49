{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}
{#- Events are many and repeats are few: keys that occur twice are found by a hash of the key alone, before any
    cell is typed; only they are typed and ranked. An incremental build compares the new files with
    what the events table already holds. -#}
{%- set events = events_so_far() -%}
with arrived as not materialized (

    select
        event_key,
        _bad_column,
        is_event,
        _exported_at,
        _source_hash,
        _row_number
    from {{ ref('delivered_events') }}
    {%- if is_incremental() and events is not none %}
    where _source_hash in {{ new_files() }}
    {%- endif %}

),

{%- if is_incremental() and events is not none %}

known as (

    select
        event_key,
        _exported_at,
        _source_hash,
        _row_number
    from {{ events }}
    where
        event_key in (select arrived.event_key from arrived)
        and _source_hash not in {{ new_files() }}

),
{%- endif %}

keys as (

    select event_key from arrived
    {%- if is_incremental() and events is not none %}
    union all
    select event_key from known
    {%- endif %}

),

repeated as (

    select hash(event_key) as key_hash
    from keys
    group by 1
    having count(*) > 1

),

candidates as (

    select
        event_key,
        _exported_at,
        _source_hash,
        _row_number
    from arrived
    where
        hash(event_key) in (select repeated.key_hash from repeated)
        and _bad_column is null
        and is_event
    {%- if is_incremental() and events is not none %}
    union all
    select
        event_key,
        _exported_at,
        _source_hash,
        _row_number
    from known
    {%- endif %}

),

ranked as (

    select
        _source_hash,
        _row_number,
        row_number() over (
            partition by event_key
            order by _exported_at desc, _source_hash desc, _row_number desc
        ) as recency
    from candidates

)

select
    _source_hash,
    _row_number
from ranked
where
    recency > 1
    {%- if is_incremental() %}
    and (_source_hash, _row_number) not in (select (known._source_hash, known._row_number) from {{ this }} as known)
    {%- endif %}
