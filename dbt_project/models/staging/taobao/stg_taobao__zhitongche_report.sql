{#- Search ads by day and ad group, before 万相台 took them over in 2023. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__zhitongche_report') }}

),

typed as (

    select
        'zhitongche' as tool,
        {{ report_level({
            'unit': ['adgroup_id', 'adgroup_name'],
            'item': ['item_id'],
            'campaign': ['campaign_id', 'campaign_name'],
        }) }},
        null::varchar as advertiser,
        coalesce(raw.campaign_name, raw.campaign_id) as campaign,
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
    'taobao' as platform,
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
