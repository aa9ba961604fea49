with order_lines as (

    select * from {{ ref('order_lines') }}

)

select
    order_line_key,
    order_key,
    account_key,
    platform,
    refunded_at,
    refund_amount
from order_lines
where refund_amount > 0
