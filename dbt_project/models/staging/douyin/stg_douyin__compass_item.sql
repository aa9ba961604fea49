{#- Items of the shop. The page has no day: the rows above the header or the name of the file tell it. -#}
{%- set checks = [
    ('stat_date', 'period_end', 'period', true),
    ('item_id', 'item_id', 'text', true),
    ('item_impressions', 'impressions', 'integer', false),
    ('item_clicks', 'clicks', 'integer', false),
    ('impression_users', 'impression_users', 'integer', false),
    ('click_users', 'click_users', 'integer', false),
    ('buyers', 'buyers', 'integer', false),
    ('orders', 'orders', 'integer', false),
    ('units', 'units', 'integer', false),
    ('gmv', 'gross_amount', 'amount', false),
    ('refund_amount', 'refund_amount', 'amount', false),
    ('refund_orders', 'refund_orders', 'integer', false),
    ('refund_units', 'refund_units', 'integer', false),
    ('refund_users', 'refund_buyers', 'integer', false),
    ('net_gmv', 'platform_net_amount', 'money', false),
    ('net_orders', 'platform_net_orders', 'integer', false),
    ('settled_amount', 'settled_amount', 'money', false),
    ('commission', 'commission_amount', 'money', false),
    ('good_reviews', 'good_reviews', 'integer', false),
    ('bad_reviews', 'bad_reviews', 'integer', false),
    ('reviews', 'review_count', 'integer', false),
    ('live_gmv', 'live_gross_amount', 'amount', false),
    ('live_orders', 'live_orders', 'integer', false),
    ('live_units', 'live_units', 'integer', false),
    ('live_buyers', 'live_buyers', 'integer', false),
    ('live_cvr', 'live_conversion_rate', 'rate', false),
    ('video_gmv', 'video_gross_amount', 'amount', false),
    ('video_orders', 'video_orders', 'integer', false),
    ('video_units', 'video_units', 'integer', false),
    ('video_buyers', 'video_buyers', 'integer', false),
    ('video_cvr', 'video_conversion_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__compass_item') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        dated.item_id,
        dated.item_title,
        {{ typed_cells(checks, 'dated') }},
        {{ lineage('dated') }}
    from dated

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'douyin' as platform,
    period_start,
    period_end,
    item_id,
    item_title,
    impressions,
    clicks,
    impression_users,
    click_users,
    buyers,
    orders,
    units,
    gross_amount,
    refund_amount,
    refund_orders,
    refund_units,
    refund_buyers,
    platform_net_amount,
    platform_net_orders,
    settled_amount,
    commission_amount,
    good_reviews,
    bad_reviews,
    review_count,
    live_gross_amount,
    live_orders,
    live_units,
    live_buyers,
    live_conversion_rate,
    video_gross_amount,
    video_orders,
    video_units,
    video_buyers,
    video_conversion_rate,
    'CNY' as currency,
    concat_ws('|', item_id, period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
