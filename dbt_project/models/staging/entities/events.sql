{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}
-- depends_on: {{ ref('touched_days') }}
with arrived as (

    select * from {{ ref('delivered_events') }}
    where
        _bad_column is null
        and is_event
        {%- if is_incremental() %}
        and _source_hash in {{ new_files() }}
        {%- endif %}

),

typed as (

    select
        arrived.event_key,
        arrived.platform,
        {{ account_key('arrived.platform', 'arrived.account_id') }} as account_key,
        arrived.event_type,
        arrived.occurred_at,
        {{ local_date('arrived.occurred_at') }} as event_date,
        arrived.dwell_seconds,
        arrived.item_id,
        arrived.content_id,
        arrived.category,
        arrived.brand,
        arrived.interests,
        arrived.traffic_source,
        arrived.campaign,
        arrived.place,
        arrived.amount,
        {{ channel_of() }} as channel,
        arrived._exported_at,
        arrived._source_hash,
        arrived._row_number
    from arrived
    {{ channel_joins('arrived') }}

),

together as (

    select * from typed
    {%- if is_incremental() %}

    union all

    -- The other events of the touched days, as they were staged.
    select * from {{ this }}
    where
        event_date in {{ touched_days() }}
        and _source_hash not in {{ new_files() }}
    {%- endif %}

)

select
    together.event_key,
    together.platform,
    together.account_key,
    together.event_type,
    together.occurred_at,
    together.event_date,
    together.dwell_seconds,
    together.item_id,
    together.content_id,
    together.category,
    together.brand,
    together.interests,
    together.traffic_source,
    together.campaign,
    together.place,
    together.amount,
    together.channel,
    together._exported_at,
    together._source_hash,
    together._row_number
from together
anti join {{ ref('superseded_events') }} as superseded
    on
        together._row_number = superseded._row_number
        and together._source_hash = superseded._source_hash
