{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}
{#- Weights are whole numbers of 0.00001 while they are multiplied and added: sums of fractions depend on the
    order of the rows, and a rebuild would differ. Doubles hold whole numbers exactly. -#}
-- depends_on: {{ ref('touched_days') }}
with events as not materialized (

    select
        account_key,
        event_date,
        event_type,
        coalesce(interests, category) as names,
        floor(dwell_seconds)::bigint as whole_seconds
    from {{ ref('events') }}
    where
        (interests is not null or category is not null)
        {%- if is_incremental() %}
        and event_date in {{ touched_days() }}
        {%- endif %}

),

behaviour_weights as (

    select
        event_type,
        round(weight * 100000) as units
    from {{ source('config', 'behaviour_weights') }}

),

dwell_weights as (

    select * from {{ source('config', 'dwell_weights') }}

),

-- Bounds are whole seconds: a weight per second, the last for all longer times, makes the join an equality.
longest as (

    select max(from_seconds)::bigint as whole_seconds
    from dwell_weights

),

seconds as (

    select unnest(generate_series(0, longest.whole_seconds)) as whole_seconds
    from longest

),

weights_by_second as (

    select
        seconds.whole_seconds,
        round(dwell_weights.weight * 100000) as units
    from seconds
    inner join dwell_weights
        on
            seconds.whole_seconds >= dwell_weights.from_seconds
            and seconds.whole_seconds < dwell_weights.to_seconds

),

-- What an event names is one interest or several; each spelling is split once.
spellings as (

    select distinct names
    from events

),

interests as (

    select
        names,
        unnest(list_distinct(list_transform(string_split(names, ';'), lambda name: trim(name)))) as interest
    from spellings

)

select
    events.account_key,
    events.event_date,
    interests.interest,
    sum(behaviour_weights.units * coalesce(weights_by_second.units, 100000)) / 10000000000 as weight
from events
cross join longest
inner join interests on events.names = interests.names
inner join behaviour_weights on events.event_type = behaviour_weights.event_type
left join weights_by_second
    on
        if(events.whole_seconds > longest.whole_seconds, longest.whole_seconds, events.whole_seconds)
        = weights_by_second.whole_seconds
where interests.interest <> ''
group by all
