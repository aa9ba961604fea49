{{ config(tags=['person_grain']) }}

with

channels as (

    select
        channel,
        loop,
        is_paid,
        is_content,
        is_search
    from {{ ref('channels') }}

),

visits as (

    select * from {{ ref('channel_visits') }}

),

cohorts as (

    select * from {{ ref('channel_cohorts') }}

),

-- Orders whose export hides the buyer have no person, but they are sales of their channel.
orders as (

    select
        paid_orders.order_date as day,
        coalesce(channels.channel, 'other') as channel,
        count(*) as orders,
        count(distinct paid_orders.one_id) as buyers,
        sum(paid_orders.net_amount) as net_amount
    from {{ ref('paid_orders') }} as paid_orders
    left join channels
        on paid_orders.channel = channels.channel
    where paid_orders.net_amount > 0
    group by
        paid_orders.order_date,
        coalesce(channels.channel, 'other')

),

costs as (

    select
        campaign_costs.cost_date as day,
        coalesce(channels.channel, 'other') as channel,
        sum(campaign_costs.cost) as cost
    from {{ ref('campaign_costs') }} as campaign_costs
    left join channels
        on campaign_costs.channel = channels.channel
    group by
        campaign_costs.cost_date,
        coalesce(channels.channel, 'other')

),

keys as (

    select
        day,
        channel
    from visits
    union
    select
        day,
        channel
    from orders
    union
    select
        day,
        channel
    from costs

),

known as (

    select
        coalesce({{ local_date('first_seen_at') }}, date '0001-01-01') as day,
        count(*) as people
    from {{ ref('user_facts') }}
    group by coalesce({{ local_date('first_seen_at') }}, date '0001-01-01')

),

known_by_day as (

    select
        days.day,
        sum(known.people) as people
    from (select distinct keys.day from keys) as days
    inner join known
        on days.day >= known.day
    group by days.day

),

joined as (

    select
        keys.day,
        keys.channel,
        coalesce(channels.loop, 'outer') as loop,
        coalesce(channels.is_paid, false) as is_paid,
        coalesce(channels.is_content, false) as is_content,
        coalesce(channels.is_search, false) as is_search,
        coalesce(visits.page_views, 0) as page_views,
        coalesce(visits.unique_visitors, 0) as unique_visitors,
        coalesce(visits.prospects, 0) as prospects,
        coalesce(visits.converted_prospects, 0) as converted_prospects,
        coalesce(visits.newcomers, 0) as newcomers,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.buyers, 0) as buyers,
        coalesce(orders.net_amount, 0) as net_amount,
        coalesce(costs.cost, 0) as cost,
        coalesce(cohorts.new_customers, 0) as new_customers,
        coalesce(cohorts.repeat_customers, 0) as repeat_customers,
        coalesce(cohorts.net_amount_7d, 0) as cohort_net_amount_7d,
        coalesce(cohorts.net_amount_30d, 0) as cohort_net_amount_30d,
        coalesce(cohorts.net_amount_90d, 0) as cohort_net_amount_90d,
        coalesce(cohorts.net_amount, 0) as cohort_net_amount,
        coalesce(cohorts.invites, 0) as invites,
        coalesce(cohorts.accepted_invites, 0) as accepted_invites,
        coalesce(known_by_day.people, 0) as known_people
    from keys
    left join channels
        on keys.channel = channels.channel
    left join visits
        on
            keys.day = visits.day
            and keys.channel = visits.channel
    left join orders
        on
            keys.day = orders.day
            and keys.channel = orders.channel
    left join costs
        on
            keys.day = costs.day
            and keys.channel = costs.channel
    left join cohorts
        on
            keys.day = cohorts.day
            and keys.channel = cohorts.channel
    left join known_by_day
        on keys.day = known_by_day.day

),

totals as (

    select
        *,
        sum(page_views) over (partition by day) as day_page_views,
        sum(case when is_search then page_views else 0 end) over (partition by day) as search_page_views,
        sum(case when is_content then page_views else 0 end) over (partition by day) as content_page_views,
        sum(case when is_paid then page_views else 0 end) over (partition by day, loop) as paid_page_views,
        sum(case when is_paid then 0 else page_views end) over (partition by day, loop) as natural_page_views,
        sum(newcomers) over (
            partition by channel
            order by day asc
            rows between unbounded preceding and current row
        ) as reached_people,
        prospects + new_customers - converted_prospects as convertible_people
    from joined

),

final as (

    select
        day,
        channel,
        loop,
        page_views,
        unique_visitors,
        orders,
        buyers,
        cast(net_amount as decimal(18, 2)) as net_amount,
        new_customers,
        cast(cost as decimal(18, 2)) as cost,
        cast(net_amount / nullif(cast(page_views as double), 0) as decimal(18, 4)) as value_per_pv,
        cast(net_amount / nullif(cast(unique_visitors as double), 0) as decimal(18, 4)) as value_per_uv,
        cast(cost / nullif(cast(new_customers as double), 0) as decimal(18, 4)) as acquisition_cost,
        case
            when day + 7 <= {{ as_of() }} + 1 then cohort_net_amount_7d / nullif(cast(cost as double), 0)
        end as payback_7d,
        case
            when day + 30 <= {{ as_of() }} + 1 then cohort_net_amount_30d / nullif(cast(cost as double), 0)
        end as payback_30d,
        case
            when day + 90 <= {{ as_of() }} + 1 then cohort_net_amount_90d / nullif(cast(cost as double), 0)
        end as payback_90d,
        case
            when new_customers > 0 then cohort_net_amount / nullif(cast(cost as double), 0)
        end as ltv_to_cac,
        cast(natural_page_views as double) / nullif(paid_page_views, 0) as natural_to_paid_ratio,
        cast(search_page_views as double) / nullif(day_page_views, 0) as search_share,
        cast(content_page_views as double) / nullif(day_page_views, 0) as content_share,
        cast(new_customers as double) / nullif(convertible_people, 0) as potential_to_new_rate,
        cast(repeat_customers as double) / nullif(new_customers, 0) as first_to_second_rate,
        cast(invites as double) / nullif(new_customers, 0) as invites_per_member,
        cast(accepted_invites as double) / nullif(new_customers, 0) as k_factor,
        cast(reached_people as double) / nullif(known_people, 0) as penetration
    from totals

)

select * from final
