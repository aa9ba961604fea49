{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('spend') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.spend_date,
    delivered.platform,
    delivered.channel,
    delivered.tool,
    delivered.report,
    delivered.report_rank,
    delivered.advertiser,
    delivered.campaign,
    delivered.audience,
    delivered.item_id,
    {{ in_base_currency('delivered.cost', 'rates.rate') }} as cost,
    {{ in_base_currency('delivered.coupon_amount', 'rates.rate') }} as coupon_amount,
    {{ in_base_currency('delivered.subsidy_amount', 'rates.rate') }} as subsidy_amount,
    delivered.currency,
    delivered.impressions,
    delivered.clicks,
    delivered.also_tells,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
