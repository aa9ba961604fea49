{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('coupon_reports') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.stat_date,
    delivered.coupon_kind,
    delivered.coupons_taken,
    delivered.coupons_used,
    {{ in_base_currency('delivered.pay_amount', 'rates.rate') }} as pay_amount,
    delivered.pay_buyers,
    delivered.pay_items,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
