{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}
-- depends_on: {{ ref('touched_days') }}
with events as (

    select * from {{ ref('events') }}
    where
        (interests is not null or category is not null)
        {%- if is_incremental() %}
        and event_date in {{ touched_days() }}
        {%- endif %}

),

behaviour_weights as (

    select * from {{ source('config', 'behaviour_weights') }}

),

dwell_weights as (

    select * from {{ source('config', 'dwell_weights') }}

),

-- Summed before names are split: events of one account, day, kind and subject weigh alike but for the dwell time.
weighed as (

    select
        events.account_key,
        events.event_date,
        coalesce(events.interests, events.category) as names,
        -- Decimal: a sum of doubles depends on the order of the rows, and a rebuild would differ.
        sum((behaviour_weights.weight * coalesce(dwell_weights.weight, 1))::decimal(18, 6)) as weight
    from events
    inner join behaviour_weights on events.event_type = behaviour_weights.event_type
    left join dwell_weights
        on
            events.dwell_seconds >= dwell_weights.from_seconds
            and events.dwell_seconds < dwell_weights.to_seconds
    group by all

),

named as (

    select
        account_key,
        event_date,
        trim(unnest(list_distinct(string_split(names, ';')))) as interest,
        weight
    from weighed

)

select
    account_key,
    event_date,
    interest,
    sum(weight)::double as weight
from named
where interest <> ''
group by all
