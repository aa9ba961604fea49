{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('item_reports') }}
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
    delivered.item_title,
    delivered.page_views,
    delivered.visitors,
    delivered.average_stay_seconds,
    delivered.bounce_rate,
    delivered.favorites,
    delivered.cart_users,
    delivered.add_to_carts,
    delivered.ordering_buyers,
    delivered.ordered_units,
    {{ in_base_currency('delivered.ordered_amount', 'rates.rate') }} as ordered_amount,
    delivered.ordering_rate,
    delivered.buyers,
    delivered.units,
    {{ in_base_currency('delivered.gross_amount', 'rates.rate') }} as gross_amount,
    delivered.conversion_rate,
    delivered.new_buyers,
    delivered.returning_buyers,
    {{ in_base_currency('delivered.returning_buyer_amount', 'rates.rate') }} as returning_buyer_amount,
    {{ in_base_currency('delivered.refund_amount', 'rates.rate') }} as refund_amount,
    delivered.search_visitors,
    delivered.search_buyers,
    delivered.search_conversion_rate,
    delivered.brand,
    delivered.category,
    delivered.cart_rate,
    delivered.orders,
    delivered.impressions,
    delivered.clicks,
    delivered.impression_users,
    delivered.click_users,
    delivered.refund_orders,
    delivered.refund_units,
    delivered.refund_buyers,
    {{ in_base_currency('delivered.platform_net_amount', 'rates.rate') }} as platform_net_amount,
    delivered.platform_net_orders,
    {{ in_base_currency('delivered.settled_amount', 'rates.rate') }} as settled_amount,
    {{ in_base_currency('delivered.commission_amount', 'rates.rate') }} as commission_amount,
    delivered.good_reviews,
    delivered.bad_reviews,
    delivered.review_count,
    {{ in_base_currency('delivered.live_gross_amount', 'rates.rate') }} as live_gross_amount,
    delivered.live_orders,
    delivered.live_units,
    delivered.live_buyers,
    delivered.live_conversion_rate,
    {{ in_base_currency('delivered.video_gross_amount', 'rates.rate') }} as video_gross_amount,
    delivered.video_orders,
    delivered.video_units,
    delivered.video_buyers,
    delivered.video_conversion_rate,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
