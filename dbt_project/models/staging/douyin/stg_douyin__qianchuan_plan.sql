{#- Standard promotion by day, advertiser and plan, item or Douyin account. 全域推广 has reports of its own. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('coupon_deduct_amount', 'coupon_amount', 'amount', false),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__qianchuan_plan') }}

),

typed as (

    select
        'qianchuan_standard' as tool,
        {{ report_level({
            'plan': ['campaign_id', 'campaign_name'],
            'item': ['item_id', 'item_title'],
            'douyin_account': ['account_id', 'account_name'],
        }) }},
        {{ advertiser_of(['advertiser_id', 'advertiser_name']) }} as advertiser,
        coalesce(
            raw.campaign_name, raw.campaign_id, raw.item_title, raw.item_id, raw.account_name, raw.account_id
        ) as campaign,
        raw.item_id,
        raw.stat_date as spend_date_text,
        raw.spend as cost_text,
        raw.coupon_deduct_amount as coupon_amount_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ report_day('raw.stat_date') }} as spend_date,
        {{ report_cost('raw.spend') }} as cost,
        {{ to_money('raw.coupon_deduct_amount') }} as coupon_amount,
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
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    item_id,
    cost,
    coupon_amount,
    'CNY' as currency,
    impressions,
    clicks,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
