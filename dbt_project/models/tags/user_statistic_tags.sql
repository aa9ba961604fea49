{{ config(materialized='view', tags=['person_grain']) }}

with

facts as (

    select
        one_id,
        orders,
        net_amount,
        average_order_amount
    from {{ ref('user_facts') }}
    where orders > 0

),

orders as (

    select
        one_id,
        platform,
        coalesce(channel, 'other') as channel,
        {{ local_hour('paid_at') }} as hour
    from {{ ref('user_orders') }}

),

-- The most frequent value of each person; ties go to the first in order.
choices as (

    select
        one_id,
        'statistic.favorite_platform' as tag,
        platform as value,
        count(*) as orders
    from orders
    group by one_id, platform

    union all

    select
        one_id,
        'statistic.favorite_channel' as tag,
        channel as value,
        count(*) as orders
    from orders
    group by one_id, channel

    union all

    select
        one_id,
        'statistic.favorite_hour' as tag,
        lpad(cast(hour as varchar), 2, '0') as value,
        count(*) as orders
    from orders
    group by one_id, hour

),

ranked_choices as (

    select
        one_id,
        tag,
        value,
        orders / sum(orders) over (partition by one_id, tag) as weight,
        row_number() over (
            partition by one_id, tag
            order by orders desc, value asc
        ) as choice_rank
    from choices

),

final as (

    select
        one_id,
        'statistic.orders' as tag,
        cast(orders as varchar) as value,
        cast(orders as double) as weight
    from facts

    union all

    select
        one_id,
        'statistic.net_amount' as tag,
        cast(net_amount as varchar) as value,
        cast(net_amount as double) as weight
    from facts

    union all

    select
        one_id,
        'statistic.average_order_amount' as tag,
        cast(average_order_amount as varchar) as value,
        cast(average_order_amount as double) as weight
    from facts

    union all

    select
        one_id,
        tag,
        value,
        cast(weight as double) as weight
    from ranked_choices
    where choice_rank = 1

)

select * from final
