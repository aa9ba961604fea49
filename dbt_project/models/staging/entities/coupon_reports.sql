with current_rows as (
    {{ current_rows('coupon_reports') }}
)

select
    platform,
    stat_date,
    coupon_kind,
    coupons_taken,
    coupons_used,
    pay_amount,
    pay_buyers,
    pay_items,
    currency,
    source_export,
    _source_hash,
    _row_number
from current_rows
