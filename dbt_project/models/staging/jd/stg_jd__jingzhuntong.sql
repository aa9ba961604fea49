{#- On-platform ads by day, as fine as the columns that were picked for the custom report. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__jingzhuntong') }}

),

typed as (

    select
        'jingzhuntong' as tool,
        {{ report_level({
            'creative': ['creative_id', 'creative_name'],
            'unit': ['adgroup_id', 'adgroup_name'],
            'campaign': ['campaign_id', 'campaign_name'],
            'keyword': ['keyword'],
            'scene': ['scene_name'],
            'item': ['sku_id'],
            'product_line': ['product_line'],
        }) }},
        {{ advertiser_of(['advertiser_name']) }} as advertiser,
        coalesce(raw.campaign_name, raw.campaign_id, raw.scene_name, raw.product_line) as campaign,
        raw.sku_id as item_id,
        raw.stat_date as spend_date_text,
        raw.spend as cost_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ report_day('raw.stat_date') }} as spend_date,
        {{ report_cost('raw.spend') }} as cost,
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
    'jd' as platform,
    'onsite_ads' as channel,
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    item_id,
    cost,
    'CNY' as currency,
    impressions,
    clicks,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
