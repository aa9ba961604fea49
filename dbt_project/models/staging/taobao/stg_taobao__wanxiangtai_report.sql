{#- On-platform ads by day, scene, campaign and item. Days are restated by later exports. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'date', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__wanxiangtai_report') }}

),

typed as (

    select
        coalesce(raw.campaign_name, raw.campaign_id, raw.scene_name) as campaign,
        coalesce(raw.campaign_id, raw.campaign_name, raw.scene_id, raw.scene_name, '') as campaign_id,
        raw.stat_date as spend_date_text,
        raw.spend as cost_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ to_date('raw.stat_date') }} as spend_date,
        -- An empty cell is no spend.
        coalesce({{ to_money('raw.spend') }}, case when raw.spend is null then 0 end) as cost,
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
    campaign,
    null::varchar as audience,
    cost,
    'CNY' as currency,
    impressions,
    clicks,
    concat_ws('|', spend_date, campaign_id) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
