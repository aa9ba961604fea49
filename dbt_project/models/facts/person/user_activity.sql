{{ config(tags=['person_grain']) }}

with

event_days as (

    select
        account_key,
        event_date,
        event_type,
        event_count
    from {{ ref('account_event_days') }}
    where event_date <= {{ as_of() }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

-- Counts add up and days have a maximum over accounts, so the person is joined after the one pass.
account_activity as (

    select
        account_key,
        sum(event_count) filter (where is_recent and event_type in ('visit', 'view')) as visits_30d,
        sum(event_count) filter (where is_recent and event_type = 'content_view') as content_views_30d,
        sum(event_count) filter (where is_recent and event_type = 'cart') as carts_30d,
        sum(event_count) filter (where is_recent and event_type = 'favorite') as favorites_30d,
        sum(event_count) filter (where is_recent and event_type = 'search') as searches_30d,
        max(event_date) as last_event_date,
        max(event_date) filter (where is_visit) as last_visit_date,
        max(event_date) filter (where is_visit and event_date < {{ as_of() }}) as previous_visit_date,
        max(event_date) filter (where event_type in {{ event_family('content') }}) as last_content_date,
        max(event_date) filter (where event_type in {{ event_family('passive') }}) as last_passive_date,
        max(event_date) filter (where event_type in {{ event_family('active') }}) as last_active_date
    from (
        select
            *,
            event_date > {{ as_of() }} - 30 as is_recent,
            event_type in {{ event_family('visit') }} as is_visit
        from event_days
    )
    group by account_key

),

final as (

    select
        accounts.one_id,
        cast(coalesce(sum(account_activity.visits_30d), 0) as bigint) as visits_30d,
        cast(coalesce(sum(account_activity.content_views_30d), 0) as bigint) as content_views_30d,
        cast(coalesce(sum(account_activity.carts_30d), 0) as bigint) as carts_30d,
        cast(coalesce(sum(account_activity.favorites_30d), 0) as bigint) as favorites_30d,
        cast(coalesce(sum(account_activity.searches_30d), 0) as bigint) as searches_30d,
        max(account_activity.last_event_date) as last_event_date,
        max(account_activity.last_visit_date) as last_visit_date,
        max(account_activity.previous_visit_date) as previous_visit_date,
        max(account_activity.last_content_date) as last_content_date,
        max(account_activity.last_passive_date) as last_passive_date,
        max(account_activity.last_active_date) as last_active_date
    from account_activity
    inner join accounts
        on account_activity.account_key = accounts.account_key
    group by accounts.one_id

)

select * from final
