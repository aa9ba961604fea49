{#- On-platform ads by day, account, plan and item. Days are restated by later exports. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'date', true),
    ('spend', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__qianchuan_plan') }}

),

typed as (

    select
        coalesce(raw.campaign_name, raw.campaign_id, raw.account_name, raw.item_title) as campaign,
        concat_ws(
            '|', raw.advertiser_id, coalesce(raw.campaign_id, raw.campaign_name, raw.account_id, raw.item_id)
        ) as campaign_id,
        raw.stat_date as spend_date_text,
        raw.spend as cost_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ to_date('raw.stat_date') }} as spend_date,
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
    'douyin' as platform,
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
