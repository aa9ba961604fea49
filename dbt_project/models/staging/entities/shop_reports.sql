with current_rows as (
    {{ current_rows('shop_reports') }}
)

select
    platform,
    report_date,
    page_views,
    visitors,
    ordering_buyers,
    placed_orders,
    ordered_amount,
    buyers,
    orders,
    units,
    gross_amount,
    conversion_rate,
    returning_buyers,
    new_buyer_amount,
    returning_buyer_amount,
    refund_amount,
    refund_rate,
    refund_orders,
    ad_cost,
    returning_buyer_share,
    followers,
    dispute_refunds,
    dispute_refund_rate,
    currency,
    source_export,
    _source_hash,
    _row_number
from current_rows
