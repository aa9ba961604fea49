{{ config(tags=['person_grain']) }}

with

totals as (

    select
        (select coalesce(sum(orders), 0) from {{ ref('channel_health') }}) as health_orders,
        (select coalesce(sum(net_amount), 0) from {{ ref('channel_health') }}) as health_net_amount,
        (select coalesce(sum(new_customers), 0) from {{ ref('channel_health') }}) as health_new_customers,
        (select count(*) from {{ ref('paid_orders') }} where net_amount > 0) as orders,
        (select coalesce(sum(net_amount), 0) from {{ ref('paid_orders') }} where net_amount > 0) as net_amount,
        (select count(distinct one_id) from {{ ref('user_orders') }}) as customers

)

select * from totals
where
    health_orders <> orders
    or health_net_amount <> net_amount
    or health_new_customers <> customers
