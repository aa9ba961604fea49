{#- Money that went back at several times is as many rows; what of it has no time is one more. -#}
with order_lines as (

    select * from {{ ref('order_lines') }}

),

listed as (

    select
        order_line_key,
        unnest(dated_refunds) as part
    from order_lines
    where dated_refunds is not null

),

dated as (

    select
        order_line_key,
        struct_extract(part, 'refunded_at') as refunded_at,
        struct_extract(part, 'refund_amount') as refund_amount
    from listed

),

undated as (

    select
        order_lines.order_line_key,
        null::timestamp as refunded_at,
        any_value(order_lines.refund_amount) - sum(dated.refund_amount) as refund_amount
    from order_lines
    inner join dated on order_lines.order_line_key = dated.order_line_key
    group by order_lines.order_line_key

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
