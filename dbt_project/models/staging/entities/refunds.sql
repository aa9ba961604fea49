{#- Money that went back at several times is as many rows; what of it has no time is one more. -#}
with order_lines as (

    select * from {{ ref('order_lines') }}

),

dated as (

    select
        order_line_key,
        part.refunded_at,
        part.refund_amount
    from order_lines
    cross join unnest(dated_refunds) as parts (part)
    where dated_refunds is not null and part.refund_amount > 0

),

undated as (

    select
        order_lines.order_line_key,
        null::timestamp as refunded_at,
        order_lines.refund_amount - coalesce(list_sum([part.refund_amount for part in order_lines.dated_refunds]), 0)
            as refund_amount
    from order_lines
    where order_lines.dated_refunds is not null

),

single as (

    select
        order_line_key,
        refunded_at,
        refund_amount
    from order_lines
    where dated_refunds is null

),

parts as (

    select * from single
    union all
    select * from dated
    union all
    select * from undated

)

select
    order_lines.order_line_key,
    order_lines.order_key,
    order_lines.account_key,
    order_lines.platform,
    parts.refunded_at,
    parts.refund_amount::decimal(18, 2) as refund_amount
from parts
inner join order_lines on parts.order_line_key = order_lines.order_line_key
where parts.refund_amount > 0
