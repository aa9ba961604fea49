{#- The ledger of ad coupons: ads paid with them cost no cash, but are part of what the reports say. -#}
{%- set checks = [
    ('stat_date', 'settlement_date', 'date', true),
    ('amount', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__alimama_coupon_flow') }}

),

typed as (

    select
        raw.entry_type as entry_text,
        raw.coupon_name,
        raw.coupon_type,
        raw.stat_date as settlement_date_text,
        raw.amount as amount_text,
        null::timestamp as settled_at,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_money('raw.amount') }} as amount,
        {{ ad_entry_type('raw.entry_type') }} as entry_type,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        {{ ad_entry_amount('amount', 'entry_type') }} as net_amount
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, settlement_date, coupon_name, coupon_type, entry_text, net_amount
            order by _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    {{ ad_entry('taobao') }},
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key([
        "'taobao.alimama.coupon_flow'", 'settlement_date', 'coupon_name', 'coupon_type', 'entry_text', 'net_amount', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
