{#- Live sessions. A session has no id: its presenter and start are its key. Nicknames stay in raw. -#}
{%- set checks = [
    ('host_account', 'creator_id', 'text', true),
    ('live_start_at', 'started_at', 'time', true),
    ('live_end_at', 'ended_at', 'time', false),
    ('live_minutes', 'duration_minutes', 'number', false),
    ('live_impressions', 'impressions', 'integer', false),
    ('live_impression_users', 'impression_users', 'integer', false),
    ('live_viewers', 'viewers', 'integer', false),
    ('live_views', 'views', 'integer', false),
    ('live_peak', 'peak_viewers', 'integer', false),
    ('live_avg_online', 'average_viewers', 'integer', false),
    ('avg_view_minutes', 'average_view_minutes', 'number', false),
    ('comments', 'comments', 'integer', false),
    ('new_followers', 'new_followers', 'integer', false),
    ('lost_followers', 'lost_followers', 'integer', false),
    ('items_shown', 'items_shown', 'integer', false),
    ('item_impressions', 'item_impressions', 'integer', false),
    ('item_clicks', 'item_clicks', 'integer', false),
    ('item_impression_users', 'item_impression_users', 'integer', false),
    ('item_click_users', 'item_click_users', 'integer', false),
    ('item_click_rate', 'item_click_rate', 'rate', false),
    ('view_cvr', 'conversion_rate', 'rate', false),
    ('live_orders', 'orders', 'integer', false),
    ('live_units', 'units', 'integer', false),
    ('live_buyers', 'buyers', 'integer', false),
    ('live_gmv', 'gross_amount', 'amount', false),
    ('live_paid', 'paid_amount', 'amount', false),
    ('live_refund_amount', 'refund_amount', 'amount', false),
    ('live_refund_orders', 'refund_orders', 'integer', false),
    ('live_refund_users', 'refund_buyers', 'integer', false),
    ('gmv_net', 'platform_net_amount', 'money', false),
    ('ad_orders_net', 'platform_net_orders', 'integer', false),
    ('commission_estimated', 'commission_amount', 'money', false),
    ('ad_spend_bound', 'bound_ad_cost', 'amount', false),
    ('ad_spend_promoted', 'promoted_ad_cost', 'amount', false),
    ('coupons_used', 'coupons_used', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__compass_live') }}

),

typed as (

    select
        raw.host_account as creator_id,
        {{ typed_cells(checks, 'raw') }},
        {{ lineage('raw') }}
    from raw

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'douyin' as platform,
    {{ made_up_id("concat_ws('|', creator_id, started_at)") }} as content_id,
    creator_id,
    {{ local_date('started_at') }} as report_date,
    started_at,
    ended_at,
    duration_minutes,
    impressions,
    impression_users,
    viewers,
    views,
    peak_viewers,
    average_viewers,
    average_view_minutes * 60 as average_view_seconds,
    comments,
    new_followers,
    lost_followers,
    items_shown,
    item_impressions,
    item_clicks,
    item_impression_users,
    item_click_users,
    item_click_rate,
    conversion_rate,
    orders,
    units,
    buyers,
    gross_amount,
    paid_amount,
    refund_amount,
    refund_orders,
    refund_buyers,
    platform_net_amount,
    platform_net_orders,
    commission_amount,
    bound_ad_cost,
    promoted_ad_cost,
    coupons_used,
    'CNY' as currency,
    concat_ws('|', creator_id, started_at) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
