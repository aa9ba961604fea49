{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('live_reports') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.content_id,
    delivered.creator_id,
    delivered.report_date,
    delivered.started_at,
    delivered.ended_at,
    delivered.duration_minutes,
    delivered.impressions,
    delivered.impression_users,
    delivered.viewers,
    delivered.views,
    delivered.peak_viewers,
    delivered.average_viewers,
    delivered.average_view_seconds,
    delivered.comments,
    delivered.new_followers,
    delivered.lost_followers,
    delivered.items_shown,
    delivered.item_impressions,
    delivered.item_clicks,
    delivered.item_impression_users,
    delivered.item_click_users,
    delivered.item_click_rate,
    delivered.conversion_rate,
    delivered.orders,
    delivered.units,
    delivered.buyers,
    {{ in_base_currency('delivered.gross_amount', 'rates.rate') }} as gross_amount,
    {{ in_base_currency('delivered.paid_amount', 'rates.rate') }} as paid_amount,
    {{ in_base_currency('delivered.refund_amount', 'rates.rate') }} as refund_amount,
    delivered.refund_orders,
    delivered.refund_buyers,
    {{ in_base_currency('delivered.platform_net_amount', 'rates.rate') }} as platform_net_amount,
    delivered.platform_net_orders,
    {{ in_base_currency('delivered.commission_amount', 'rates.rate') }} as commission_amount,
    {{ in_base_currency('delivered.bound_ad_cost', 'rates.rate') }} as bound_ad_cost,
    {{ in_base_currency('delivered.promoted_ad_cost', 'rates.rate') }} as promoted_ad_cost,
    delivered.coupons_used,
    delivered.currency,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when rates.rate is null then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when rates.rate is null then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
