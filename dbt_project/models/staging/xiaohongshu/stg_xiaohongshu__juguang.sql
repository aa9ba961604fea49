{#- Ads by day and note, unit or plan. A report without a date column is the sum of a period. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__juguang') }}

),

typed as (

    select
        'juguang' as tool,
        {{ report_level({
            'note': ['content_id'],
            'unit': ['adgroup_id', 'adgroup_name'],
            'campaign': ['campaign_id', 'campaign_name'],
        }) }},
        null::varchar as advertiser,
        coalesce(raw.campaign_name, raw.campaign_id, raw.adgroup_name, raw.adgroup_id, raw.content_id) as campaign,
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
    'xiaohongshu' as platform,
    'onsite_ads' as channel,
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    cost,
    'CNY' as currency,
    impressions,
    clicks,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
