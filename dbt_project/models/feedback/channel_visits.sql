{{ config(tags=['person_grain']) }}

with

channels as (

    select channel from {{ ref('channels') }}

),

-- A channel that the seed does not know, or none, is 'other'.
visits as (

    select
        event_days.event_date as day,
        event_days.one_id,
        coalesce(channels.channel, 'other') as channel,
        sum(
            case when event_days.event_type in {{ event_family('page_view') }} then event_days.event_count else 0 end
        ) as page_views
    from {{ ref('user_event_days') }} as event_days
    left join channels
        on event_days.channel = channels.channel
    group by
        event_days.event_date,
        event_days.one_id,
        coalesce(channels.channel, 'other')

),

first_orders as (

    select
        user_orders.one_id,
        user_orders.order_date,
        coalesce(channels.channel, 'other') as channel
    from {{ ref('user_orders') }} as user_orders
    left join channels
        on user_orders.channel = channels.channel
    where user_orders.order_number = 1

),

visit_days as (

    select
        visits.day,
        visits.channel,
        sum(visits.page_views) as page_views,
        count(*) filter (where visits.page_views > 0) as unique_visitors,
        count(*) filter (
            where first_orders.one_id is null or first_orders.order_date >= visits.day
        ) as prospects,
        count(*) filter (
            where first_orders.order_date = visits.day and first_orders.channel = visits.channel
        ) as converted_prospects
    from visits
    left join first_orders
        on visits.one_id = first_orders.one_id
    group by
        visits.day,
        visits.channel

),

first_visits as (

    select
        one_id,
        channel,
        min(day) as day
    from visits
    group by
        one_id,
        channel

),

newcomers as (

    select
        day,
        channel,
        count(*) as newcomers
    from first_visits
    group by
        day,
        channel

),

-- Visitors whom no event tells are nobody we know: they are counted, but are no prospects or newcomers.
reported as (

    select
        day,
        channel,
        sum(page_views) as page_views,
        sum(visitors) as visitors
    from {{ ref('reported_visits') }}
    group by
        day,
        channel

),

final as (

    select
        coalesce(visit_days.day, reported.day) as day,
        coalesce(visit_days.channel, reported.channel) as channel,
        cast(coalesce(visit_days.page_views, 0) + coalesce(reported.page_views, 0) as bigint) as page_views,
        cast(coalesce(visit_days.unique_visitors, 0) + coalesce(reported.visitors, 0) as bigint) as unique_visitors,
        coalesce(visit_days.prospects, 0) as prospects,
        coalesce(visit_days.converted_prospects, 0) as converted_prospects,
        coalesce(newcomers.newcomers, 0) as newcomers,
        cast(coalesce(reported.page_views, 0) as bigint) as reported_page_views,
        cast(coalesce(reported.visitors, 0) as bigint) as reported_visitors
    from visit_days
    full join reported
        on
            visit_days.day = reported.day
            and visit_days.channel = reported.channel
    left join newcomers
        on
            visit_days.day = newcomers.day
            and visit_days.channel = newcomers.channel

)

select * from final
