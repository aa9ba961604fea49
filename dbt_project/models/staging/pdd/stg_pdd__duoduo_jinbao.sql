{#- What affiliates get for the sales of a day: commission and the fee on it, both estimated. -#}
{%- set checks = [
    ('stat_date', 'spend_date', 'day', true),
    ('commission', 'commission', 'amount', false),
    ('service_fee', 'service_fee', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'pdd__duoduo_jinbao') }}

),

typed as (

    select
        'duoduo_jinbao' as tool,
        'account' as report,
        1 as report_rank,
        null::varchar as advertiser,
        '多多进宝' as campaign,
        raw.stat_date as spend_date_text,
        raw.commission as commission_text,
        raw.service_fee as service_fee_text,
        {{ report_day('raw.stat_date') }} as spend_date,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.service_fee') }} as service_fee,
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
    'offsite_ads' as channel,
    tool,
    report,
    report_rank,
    advertiser,
    campaign,
    coalesce(commission, 0) + coalesce(service_fee, 0) as cost,
    'CNY' as currency,
    {{ report_partition() }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
