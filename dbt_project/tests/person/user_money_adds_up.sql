{{ config(tags=['person_grain']) }}

with

-- People's totals, their orders that count, and all their paid orders tell one sum.
totals as (

    select
        (select coalesce(sum(net_amount), 0) from {{ ref('user_facts') }}) as of_people,
        (select coalesce(sum(net_amount), 0) from {{ ref('user_orders') }}) as of_orders,
        (
            select coalesce(sum(net_amount), 0)
            from {{ ref('paid_orders') }}
            where one_id is not null
        ) as of_paid_orders

)

select * from totals
where
    of_people <> of_orders
    or of_people <> of_paid_orders
