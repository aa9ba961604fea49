{#- Goods promotion by day, item and campaign, or by day. The other two tools share the headers of the day form. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'pdd__ads_goods') }}

),

typed as (

    select
        -- The reports of the three tools by day differ in nothing but the name of the download.
        case
            when {{ file_fills(['item_id', 'item_title']) }} then 'pdd_goods'
            when regexp_matches(raw._source_file, '明星[^/]*$') then 'pdd_star'
            when regexp_matches(raw._source_file, '直播[^/]*$') then 'pdd_live'
            else 'pdd_goods'
        end as tool,
        {{ report_level({
            'item': ['item_id', 'item_title'],
        }) }},
        null::varchar as advertiser,
        coalesce(raw.campaign_name, raw.scene_name) as campaign,
        raw.item_id,
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
    'pdd' as platform,
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
