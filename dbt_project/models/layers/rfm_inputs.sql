{{ config(tags=['person_grain']) }}

with

user_orders as (

    select * from {{ ref('user_orders') }}

),

in_window as (

    select *
    from user_orders
    where order_date > {{ as_of() }} - cast({{ parameter('rfm.window_days') }} as integer)

),

final as (

    select
        one_id,
        {{ as_of() }} - max(order_date) as recency_days,
        count(*) as frequency,
        cast(sum(net_amount) as decimal(18, 2)) as monetary
    from in_window
    group by one_id

)

select * from final
