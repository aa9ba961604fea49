{#- One row per order that pays for showing a video to more people; its day is the day of the order. -#}
{%- set checks = [
    ('stat_at', 'spend_date', 'day', true),
    ('spend', 'cost', 'amount', true),
    ('item_clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'wechat__channels_heating') }}

),

typed as (

    select
        'channels_heating' as tool,
        {{ report_level({
            'order': ['ad_order_id'],
        }) }},
        null::varchar as advertiser,
        raw.ad_order_id as campaign,
        raw.stat_at as spend_date_text,
        raw.spend as cost_text,
        raw.item_clicks as clicks_text,
        {{ report_day('raw.stat_at') }} as spend_date,
        {{ report_cost('raw.spend') }} as cost,
        {{ to_integer('raw.item_clicks') }} as clicks,
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
    'wechat' as platform,
    'onsite_ads' as channel,
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    cost,
    'CNY' as currency,
    clicks,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
