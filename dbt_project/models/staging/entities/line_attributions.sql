{#- What an attribution says of an order line whose own export says nothing. A report that names the line is
    believed before one that names order and item, and that before one that names the order only. Among equals:
    one that was not cancelled, one that was paid for, the newest, the highest key. -#}
with order_rows as (

    select
        order_line_key,
        order_key,
        line_ref_key,
        item_id
    from {{ ref('order_rows') }}

),

attributions as (

    select
        attribution_key,
        order_key,
        order_line_key as named_line_key,
        line_ref_key,
        item_id,
        partner_key,
        session_id,
        traffic_source,
        campaign,
        status <> 'cancelled' as is_kept,
        commission_amount > 0 as is_paid_for,
        attributed_at
    from {{ ref('order_attributions') }}

),

matched as (

    select
        order_rows.order_line_key,
        'line' as matched_by,
        3 as nearness,
        attributions.*
    from order_rows
    inner join attributions on order_rows.order_line_key = attributions.named_line_key

    union all

    select
        order_rows.order_line_key,
        'line' as matched_by,
        3 as nearness,
        attributions.*
    from order_rows
    inner join attributions on order_rows.line_ref_key = attributions.line_ref_key

    union all

    select
        order_rows.order_line_key,
        'item' as matched_by,
        2 as nearness,
        attributions.*
    from order_rows
    inner join attributions
        on
            order_rows.order_key = attributions.order_key
            and order_rows.item_id = attributions.item_id

    union all

    select
        order_rows.order_line_key,
        'order' as matched_by,
        1 as nearness,
        attributions.*
    from order_rows
    inner join attributions on order_rows.order_key = attributions.order_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by order_line_key
            order by
                nearness desc, is_kept desc, is_paid_for desc, attributed_at desc nulls last, attribution_key desc
        ) as place
    from matched

)

select
    order_line_key,
    attribution_key,
    matched_by,
    partner_key,
    session_id,
    traffic_source,
    campaign
from ranked
where place = 1
