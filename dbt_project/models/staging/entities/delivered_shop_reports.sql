{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('shop_reports') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.report_date,
    delivered.page_views,
    delivered.visitors,
    delivered.ordering_buyers,
    delivered.placed_orders,
    {{ in_base_currency('delivered.ordered_amount', 'rates.rate') }} as ordered_amount,
    delivered.buyers,
    delivered.orders,
    delivered.units,
    {{ in_base_currency('delivered.gross_amount', 'rates.rate') }} as gross_amount,
    delivered.conversion_rate,
    delivered.returning_buyers,
    {{ in_base_currency('delivered.new_buyer_amount', 'rates.rate') }} as new_buyer_amount,
    {{ in_base_currency('delivered.returning_buyer_amount', 'rates.rate') }} as returning_buyer_amount,
    {{ in_base_currency('delivered.refund_amount', 'rates.rate') }} as refund_amount,
    delivered.refund_rate,
    delivered.refund_orders,
    {{ in_base_currency('delivered.ad_cost', 'rates.rate') }} as ad_cost,
    delivered.returning_buyer_share,
    delivered.followers,
    delivered.dispute_refunds,
    delivered.dispute_refund_rate,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
