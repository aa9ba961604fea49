{#- 全域推广 by day and material, item or Douyin account: spend that standard promotion does not tell. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('coupon_deduct_amount', 'coupon_amount', 'amount', false),
    ('subsidy_amount', 'subsidy_amount', 'amount', false),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__qianchuan_uni') }}

),

typed as (

    select
        'qianchuan_uni' as tool,
        {{ report_level({
            'creative': ['creative_id', 'creative_name'],
            'item': ['item_id', 'item_title'],
            'douyin_account': ['account_id'],
        }) }},
        null::varchar as advertiser,
        coalesce(raw.creative_name, raw.creative_id, raw.item_title, raw.item_id, raw.account_id) as campaign,
        raw.item_id,
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
    subsidy_amount,
    'CNY' as currency,
    impressions,
    clicks,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
