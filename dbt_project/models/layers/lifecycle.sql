{{ config(tags=['person_grain']) }}

with

people as (

    select
        one_id,
        last_touch_at,
        first_seen_at is null
        or first_seen_at < {{ local_to_utc('cast(' ~ as_of() ~ ' as timestamp)') }} as is_known_before
    from {{ ref('user_facts') }}

),

-- The day before is computed from the facts of the day before, so that a refund of today does not
-- change what yesterday was.
orders as (

    select
        one_id,
        count(*) filter (where net_amount > 0) as orders,
        min(order_date) filter (where net_amount > 0) as first_order_date,
        max(order_date) filter (where net_amount > 0) as last_order_date,
        count(*) filter (where previous_net_amount > 0) as previous_orders,
        min(order_date) filter (where previous_net_amount > 0) as previous_first_order_date,
        max(order_date) filter (where previous_net_amount > 0) as previous_last_order_date
    from {{ ref('paid_orders') }}
    where one_id is not null
    group by one_id

),

activity as (

    select
        one_id,
        last_visit_date,
        previous_visit_date,
        last_passive_date,
        last_active_date
    from {{ ref('user_activity') }}

),

facts as (

    select
        people.one_id,
        people.is_known_before,
        coalesce(orders.orders, 0) as orders,
        orders.first_order_date,
        orders.last_order_date,
        coalesce(orders.previous_orders, 0) as previous_orders,
        orders.previous_first_order_date,
        orders.previous_last_order_date,
        activity.last_visit_date,
        activity.previous_visit_date,
        activity.last_active_date,
        greatest(activity.last_passive_date, {{ local_date('people.last_touch_at') }}) as last_passive_date
    from people
    left join orders
        on people.one_id = orders.one_id
    left join activity
        on people.one_id = activity.one_id

),

staged as (

    select
        one_id,
        {{ lifecycle_stage(as_of(), 'orders', 'first_order_date', 'last_order_date', 'last_visit_date') }}
            as lifecycle_stage,
        case
            when not is_known_before then 'not_known'
            else
                {{ lifecycle_stage(
                    '(' ~ as_of() ~ ' - 1)',
                    'previous_orders',
                    'previous_first_order_date',
                    'previous_last_order_date',
                    'previous_visit_date'
                ) }}
        end as previous_stage,
        case
            when orders >= {{ parameter('aipl.loyal_orders') }} then 'loyal'
            when orders >= 1 then 'purchased'
            when
                date_diff('day', last_active_date, {{ as_of() }}) < {{ parameter('aipl.interest_days') }}
                then 'interested'
            when
                date_diff('day', last_passive_date, {{ as_of() }}) < {{ parameter('aipl.contact_days') }}
                then 'aware'
            else 'none'
        end as aipl_stage
    from facts

),

final as (

    select
        one_id,
        {{ as_of() }} as as_of,
        lifecycle_stage,
        previous_stage,
        aipl_stage,
        {{ operating_goal('lifecycle_stage') }} as operating_goal
    from staged

)

select * from final
