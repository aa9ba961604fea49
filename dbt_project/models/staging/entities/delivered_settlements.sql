{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because order numbers are readable here. -#}
with delivered as (
    {{ union_exports('settlements') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.ledger,
    delivered.order_id,
    delivered.line_id,
    delivered.item_id,
    delivered.entry_type,
    delivered.entry_text,
    delivered.settled_at,
    delivered.settlement_date,
    {{ in_base_currency('delivered.goods_amount', 'rates.rate') }} as goods_amount,
    {{ in_base_currency('delivered.freight_amount', 'rates.rate') }} as freight_amount,
    {{ in_base_currency('delivered.fee_amount', 'rates.rate') }} as fee_amount,
    {{ in_base_currency('delivered.other_amount', 'rates.rate') }} as other_amount,
    {{ in_base_currency('delivered.net_amount', 'rates.rate') }} as net_amount,
    {{ in_base_currency('delivered.commission_amount', 'rates.rate') }} as commission_amount,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
