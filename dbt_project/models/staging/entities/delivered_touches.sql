{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because identifiers are readable here. -#}
with delivered as (
    {{ union_exports('touches') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.campaign,
    delivered.audience,
    delivered.variant,
    delivered.channel,
    delivered.touch_at,
    delivered.status,
    {{ in_base_currency('delivered.cost', 'rates.rate') }} as cost,
    delivered.currency,
    delivered.platform,
    delivered.account_id,
    delivered.phone,
    delivered.email,
    delivered.one_id,
    delivered.opened_at,
    delivered.clicked_at,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
