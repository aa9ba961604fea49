{#- Orders that count as of the date: paid, and with something left after the refunds known by then. -#}
with order_lines as (

    select * from {{ ref('order_lines') }}

),

orders as (

    select * from {{ ref('orders') }}

),

by_order as (

    select
        order_key,
        account_key,
        sum(quantity) as units,
        sum(gross_amount) as gross_amount,
        sum({{ refund_as_of() }}) as refund_amount
    from order_lines
    where
        account_key is not null
        and paid_at < {{ as_of_end_at() }}
    group by order_key, account_key

)

select
    by_order.account_key,
    {{ local_date('orders.paid_at') }} as order_date,
    orders.platform,
    orders.channel,
    count(*) as orders,
    sum(by_order.units)::bigint as units,
    sum(by_order.gross_amount)::decimal(18, 2) as gross_amount,
    sum(by_order.refund_amount)::decimal(18, 2) as refund_amount,
    sum(by_order.gross_amount - by_order.refund_amount)::decimal(18, 2) as net_amount
from by_order
inner join orders on by_order.order_key = orders.order_key
where by_order.gross_amount - by_order.refund_amount > 0
group by all
