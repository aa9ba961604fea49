{#- On-platform ads by day and unit, item, campaign or scene. Days are restated by later exports. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('coupon_deduct_amount', 'coupon_amount', 'amount', false),
    ('subsidy_amount', 'subsidy_amount', 'amount', false),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__wanxiangtai_report') }}

),

typed as (

    select
        'wanxiangtai' as tool,
        {{ report_level({
            'unit': ['adgroup_id'],
            'item': ['item_id'],
            'campaign': ['campaign_id', 'campaign_name'],
            'scene': ['scene_id', 'scene_name'],
        }) }},
        null::varchar as advertiser,
        coalesce(raw.campaign_name, raw.campaign_id, raw.scene_name) as campaign,
        -- The subject of other rows is a shop or a live room.
        case when coalesce(raw.subject_type, '商品') = '商品' then raw.item_id end as item_id,
        -- Search ads are one of its scenes since the merge; a row that names no scene may be one.
        case
            when coalesce(regexp_matches(raw.scene_name, '关键词|直通车'), true) then 'zhitongche'
        end as also_tells,
        raw.stat_date as spend_date_text,
        raw.spend as cost_text,
        raw.coupon_deduct_amount as coupon_amount_text,
        raw.subsidy_amount as subsidy_amount_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ report_day('raw.stat_date') }} as spend_date,
        {{ report_cost('raw.spend') }} as cost,
        {{ to_money('raw.coupon_deduct_amount') }} as coupon_amount,
        {{ to_money('raw.subsidy_amount') }} as subsidy_amount,
        {{ to_integer('raw.impressions') }} as impressions,
        {{ to_integer('raw.clicks') }} as clicks,
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
    spend_date,
    'taobao' as platform,
    'onsite_ads' as channel,
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    item_id,
    cost,
    coupon_amount,
    subsidy_amount,
    'CNY' as currency,
    impressions,
    clicks,
    also_tells,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
