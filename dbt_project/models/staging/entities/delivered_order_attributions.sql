{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Partners are readable here, therefore in the vault; typed once, because several models read it. -#}
with delivered as (
    {{ union_exports('order_attributions') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.order_id,
    delivered.line_id,
    delivered.item_id,
    delivered.attributed_at,
    delivered.settled_at,
    delivered.partner_type,
    delivered.partner_id,
    delivered.partner_name,
    delivered.session_id,
    delivered.traffic_source,
    delivered.campaign,
    {{ in_base_currency('delivered.paid_amount', 'rates.rate') }} as paid_amount,
    {{ in_base_currency('delivered.settled_amount', 'rates.rate') }} as settled_amount,
    {{ in_base_currency('delivered.estimated_commission_amount', 'rates.rate') }} as estimated_commission_amount,
    {{ in_base_currency('delivered.settled_commission_amount', 'rates.rate') }} as settled_commission_amount,
    delivered.status,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
