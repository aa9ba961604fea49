with current_rows as (
    {{ current_rows('coupon_costs') }}
)

select
    {{ keyed_hash("'coupon:' || _key") }} as coupon_cost_key,
    platform,
    {{ keyed_hash("platform || ':order:' || order_id") }} as order_key,
    item_id,
    ordered_at,
    quantity,
    promotion_id,
    promotion_name,
    promotion_type,
    platform_amount,
    merchant_amount,
    government_amount,
    currency,
    source_export,
    _source_hash,
    _row_number
from current_rows
