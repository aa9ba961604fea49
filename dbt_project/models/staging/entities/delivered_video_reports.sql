{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('video_reports') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.period_start,
    delivered.period_end,
    delivered.content_id,
    delivered.content_title,
    delivered.creator_id,
    delivered.item_id,
    delivered.item_title,
    delivered.published_at,
    delivered.views,
    delivered.completion_rate,
    delivered.orders,
    {{ in_base_currency('delivered.gross_amount', 'rates.rate') }} as gross_amount,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
