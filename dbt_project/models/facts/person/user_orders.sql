{{ config(tags=['person_grain']) }}

with

paid_orders as (

    select * from {{ ref('paid_orders') }}

),

final as (

    select
        one_id,
        order_key,
        platform,
        channel,
        paid_at,
        order_date,
        net_amount,
        units,
        top_category,
        row_number() over (
            partition by one_id
            order by paid_at asc, order_key asc
        ) as order_number
    from paid_orders
    where
        one_id is not null
        and net_amount > 0

)

select * from final
