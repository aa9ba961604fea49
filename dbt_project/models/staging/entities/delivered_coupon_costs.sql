{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because order numbers are readable here. -#}
with delivered as (
    {{ union_exports('coupon_costs') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.order_id,
    delivered.item_id,
    delivered.ordered_at,
    delivered.quantity,
    delivered.promotion_id,
    delivered.promotion_name,
    delivered.promotion_type,
    {{ in_base_currency('delivered.platform_amount', 'rates.rate') }} as platform_amount,
    {{ in_base_currency('delivered.merchant_amount', 'rates.rate') }} as merchant_amount,
    {{ in_base_currency('delivered.government_amount', 'rates.rate') }} as government_amount,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
