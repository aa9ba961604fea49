{{ config(tags=['person_grain']) }}

with

orders as (

    select
        one_id,
        order_date,
        platform,
        top_category,
        compared_net_amount as net_amount
    from {{ ref('paid_orders') }}
    where
        one_id is not null
        and compared_net_amount > 0

),

{{ rfm_measures(compared_as_of()) }}

select * from final
