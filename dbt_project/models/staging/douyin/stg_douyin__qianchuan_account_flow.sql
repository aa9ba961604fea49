{#- The ledger of the ad account by day and pool of money, whose newest telling counts. Grants are part of the cost,
    as in the reports. -#}
{%- set checks = [
    ('stat_date', 'settlement_date', 'date', true),
    ('spend', 'cost', 'money', true),
    ('topped_up', 'topped_up', 'money', false),
    ('amount_in', 'amount_in', 'money', false),
    ('amount_out', 'amount_out', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__qianchuan_account_flow') }}

),

typed as (

    select
        raw.fund_type as entry_text,
        raw.stat_date as settlement_date_text,
        raw.spend as cost_text,
        raw.topped_up as topped_up_text,
        raw.amount_in as amount_in_text,
        raw.amount_out as amount_out_text,
        'ad' as entry_type,
        null::timestamp as settled_at,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_money('raw.spend') }} as cost,
        {{ to_money('raw.topped_up') }} as topped_up,
        {{ to_money('raw.amount_in') }} as amount_in,
        {{ to_money('raw.amount_out') }} as amount_out,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        coalesce(topped_up, 0) + coalesce(amount_in, 0) - abs(coalesce(amount_out, 0)) as moved_amount,
        row_number() over (partition by _source_hash, settlement_date, entry_text order by _row_number) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    {{ ad_entry('douyin') }},
    {{ ad_day_amounts() }},
    'CNY' as currency,
    {{ row_key(["'douyin.qianchuan.account_flow'", 'settlement_date', 'entry_text', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
