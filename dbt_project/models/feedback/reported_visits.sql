{{ config(tags=['person_grain']) }}

{#- What platforms report of visitors whom no event tells. Only days without page views of the platform's own events
    count, only reports of one day, and of each tree of sources only its leaves. A visitor who came from two sources is
    one of each. -#}
with

leaves as (

    select
        platform,
        report_date as day,
        item_id,
        carrier,
        channel,
        coalesce(page_views, visitors, 0) as page_views,
        coalesce(visitors, 0) as visitors
    from {{ ref('traffic_reports') }}
    where
        is_leaf
        and report_date <= {{ as_of() }}

),

told_by_events as (

    select distinct
        accounts.platform,
        event_days.event_date as day
    from {{ ref('account_event_days') }} as event_days
    inner join {{ ref('accounts') }} as accounts
        on event_days.account_key = accounts.account_key
    where
        event_days.event_type in {{ event_family('page_view') }}
        and (accounts.platform, event_days.event_date) in (select (leaves.platform, leaves.day) from leaves)

),

untold as (

    select leaves.*
    from leaves
    left join told_by_events
        on
            leaves.platform = told_by_events.platform
            and leaves.day = told_by_events.day
    where told_by_events.day is null

),

-- The whole shop where it is told, else its carriers (app, computer) side by side.
shops as (

    select
        *,
        coalesce(contains(carrier, '全店'), true) as is_whole,
        bool_or(coalesce(contains(carrier, '全店'), true)) over (partition by platform, day) as has_whole
    from untold
    where item_id is null

),

of_shops as (

    select
        platform,
        day,
        channel,
        sum(page_views) as page_views,
        sum(visitors) as visitors
    from shops
    where is_whole or not has_whole
    group by
        platform,
        day,
        channel

),

of_items as (

    select
        platform,
        day,
        item_id,
        channel,
        sum(page_views) as page_views,
        sum(visitors) as visitors
    from untold
    where item_id is not null
    group by
        platform,
        day,
        item_id,
        channel

),

-- Reports of single items say at least this much of a day without a report of the shop: views add up, while the
-- visitors of one item may be those of another.
of_days_without_shop as (

    select
        of_items.platform,
        of_items.day,
        of_items.channel,
        sum(of_items.page_views) as page_views,
        max(of_items.visitors) as visitors
    from of_items
    where
        not exists (
            select 1
            from of_shops
            where
                of_shops.platform = of_items.platform
                and of_shops.day = of_items.day
        )
    group by
        of_items.platform,
        of_items.day,
        of_items.channel

),

final as (

    select
        *,
        'shop' as told_by
    from of_shops

    union all

    select
        *,
        'items' as told_by
    from of_days_without_shop

)

select
    platform,
    day,
    channel,
    cast(greatest(page_views, visitors) as bigint) as page_views,
    cast(visitors as bigint) as visitors,
    told_by
from final
