with current_rows as (
    {{ current_rows('settlements') }}
)

select
    {{ keyed_hash("'settlement:' || _key") }} as settlement_key,
    platform,
    ledger,
    {{ keyed_hash("platform || ':order:' || order_id") }} as order_key,
    {{ keyed_hash("platform || ':line_id:' || line_id") }} as line_ref_key,
    item_id,
    entry_type,
    entry_text,
    settled_at,
    settlement_date,
    goods_amount,
    freight_amount,
    fee_amount,
    other_amount,
    net_amount,
    commission_amount,
    currency,
    source_export,
    _source_hash,
    _row_number
from current_rows
