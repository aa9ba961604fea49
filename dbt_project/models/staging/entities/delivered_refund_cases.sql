{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models: kept, in the vault, because some platforms name the buyer here. -#}
with delivered as (
    {{ union_exports('refund_cases') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.account_id,
    delivered.order_id,
    delivered.line_id,
    delivered.item_id,
    delivered.item_title,
    delivered.case_id,
    delivered.applied_at,
    delivered.refunded_at,
    delivered.state,
    {{ in_base_currency('delivered.refund_amount', 'rates.rate') }} as refund_amount,
    delivered.kind,
    delivered.reason,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
