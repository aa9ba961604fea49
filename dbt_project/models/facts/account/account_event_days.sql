{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}
-- depends_on: {{ ref('touched_days') }}
with events as (

    select * from {{ ref('events') }}
    {%- if is_incremental() %}
    where event_date in {{ touched_days() }}
    {%- endif %}

)

select
    account_key,
    event_date,
    event_type,
    category,
    brand,
    channel,
    place,
    count(*) as event_count,
    -- Whole milliseconds while adding: a sum of fractions depends on the order of the rows.
    sum(round(dwell_seconds * 1000)) / 1000 as dwell_seconds,
    sum(amount)::decimal(18, 2) as amount
from events
group by all
