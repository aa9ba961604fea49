{#- On-platform ads by day and item, or by day, advertiser and promotion type. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('spend', 'exact_cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('cover_clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__niu') }}

),

typed as (

    select
        'niu' as tool,
        {{ report_level({
            'item': ['item_id', 'item_title'],
        }) }},
        {{ advertiser_of(['advertiser_id']) }} as advertiser,
        coalesce(raw.item_title, raw.item_id, raw.campaign_type) as campaign,
        raw.item_id,
        raw.stat_date as spend_date_text,
        raw.spend as exact_cost_text,
        raw.impressions as impressions_text,
        raw.cover_clicks as clicks_text,
        {{ report_day('raw.stat_date') }} as spend_date,
        coalesce({{ parse_number('raw.spend') }}, case when raw.spend is null then 0 end) as exact_cost,
        {{ to_integer('raw.impressions') }} as impressions,
        {{ to_integer('raw.cover_clicks') }} as clicks,
        {{ lineage('raw') }}
    from raw

),

-- Costs have thousandths: each row takes the cents that the day reached with it, so that the day adds up.
reached as (

    select
        *,
        sum(greatest(exact_cost, 0)) over (
            partition by _source_hash, spend_date
            order by _row_number
        ) as cost_so_far
    from typed

),

checked as (

    select
        *,
        case
            when exact_cost is not null
                then round(cost_so_far, 2) - round(cost_so_far - greatest(exact_cost, 0), 2)
        end::decimal(18, 2) as cost,
        {{ bad_column(checks) }} as _bad_column
    from reached

)

select
    spend_date,
    'kuaishou' as platform,
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
