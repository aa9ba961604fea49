{{ config(tags=['person_grain']) }}

with

health as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(new_customers), 0) as new_customers
    from {{ ref('channel_health') }}

),

-- With or without a person, every order that counts belongs to one channel and one day.
orders as (

    select
        count(*) as orders,
        coalesce(sum(net_amount), 0) as net_amount,
        count(distinct one_id) as new_customers
    from {{ ref('paid_orders') }}
    where net_amount > 0

)

select *
from health
cross join orders
where
    health.orders <> orders.orders
    or health.net_amount <> orders.net_amount
    or health.new_customers <> orders.new_customers
