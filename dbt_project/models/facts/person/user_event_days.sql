{{ config(materialized='view', tags=['person_grain']) }}

with

event_days as (

    select * from {{ ref('account_event_days') }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

final as (

    select
        accounts.one_id,
        event_days.event_date,
        event_days.event_type,
        event_days.category,
        event_days.brand,
        event_days.channel,
        event_days.place,
        event_days.event_count,
        cast(event_days.dwell_seconds as double) as dwell_seconds,
        cast(event_days.amount as decimal(18, 2)) as amount
    from event_days
    inner join accounts
        on event_days.account_key = accounts.account_key
    where event_days.event_date <= {{ as_of() }}

)

select * from final
