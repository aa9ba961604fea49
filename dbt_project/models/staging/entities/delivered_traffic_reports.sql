{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('traffic_reports') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.period_start,
    delivered.period_end,
    delivered.item_id,
    delivered.carrier,
    delivered.source_l1,
    delivered.source_l2,
    delivered.source_l3,
    delivered.source_l4,
    delivered.visitors,
    delivered.new_visitors,
    delivered.average_stay_seconds,
    delivered.item_click_users,
    delivered.cart_users,
    delivered.add_to_carts,
    delivered.favorites,
    delivered.followers,
    delivered.buyers,
    delivered.conversion_rate,
    {{ in_base_currency('delivered.gross_amount', 'rates.rate') }} as gross_amount,
    delivered.ordering_buyers,
    {{ in_base_currency('delivered.ordered_amount', 'rates.rate') }} as ordered_amount,
    delivered.ordering_rate,
    delivered.page_views,
    delivered.units,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
