with current_orders as (

    select * from {{ ref('current_orders') }}

)

select
    {{ keyed_hash("platform || ':order:' || order_id") }} as order_key,
    {{ keyed_hash("platform || ':line:' || order_id || ':' || coalesce(line_id, '')") }} as order_line_key,
    {{ keyed_hash("platform || ':line_id:' || line_id") }} as line_ref_key,
    line_id is null as is_order_level,
    platform,
    {{ account_key('platform', 'account_id') }} as account_key,
    ordered_at,
    paid_at,
    completed_at,
    refunded_at,
    status,
    item_id,
    item_title,
    category,
    brand,
    quantity,
    unit_price,
    line_amount,
    order_amount,
    line_refund_amount,
    order_refund_amount,
    filled_amount::decimal(18, 2) as filled_amount,
    -- A file without amounts may name no currency.
    coalesce(currency, 'CNY') as currency,
    province,
    city,
    traffic_source,
    campaign,
    source_export,
    _exported_at,
    _source_hash,
    _row_number
from current_orders
