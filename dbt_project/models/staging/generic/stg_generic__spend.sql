{#- The merchant's own list of costs; a newer list replaces the days of its platforms and channels. -#}
{%- set checks = [
    ('day', 'spend_date', 'day', true),
    ('platform', 'platform', 'text', true),
    ('channel', 'channel', 'text', true),
    ('campaign', 'campaign', 'text', true),
    ('cost', 'cost', 'amount', true),
    ('impressions', 'impressions', 'integer', false),
    ('clicks', 'clicks', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__spend') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        lower(trim(raw.channel)) as channel,
        raw.campaign,
        raw.audience,
        coalesce(upper(raw.currency), 'CNY') as currency,
        raw.day as spend_date_text,
        raw.cost as cost_text,
        raw.impressions as impressions_text,
        raw.clicks as clicks_text,
        {{ report_day('raw.day') }} as spend_date,
        {{ to_money('raw.cost') }} as cost,
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
    platform,
    channel,
    channel as tool,
    'campaign' as report,
    1 as report_rank,
    campaign,
    audience,
    cost,
    currency,
    impressions,
    clicks,
    concat_ws('|', spend_date, platform, channel) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
