{#- Fees for quality inspections as really withheld, by order; the file names no time. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('settled_amount', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'wechat__shop_qic_fees') }}

),

typed as (

    select
        raw.order_id,
        raw.settled_amount as amount_text,
        {{ to_money('raw.settled_amount') }} as amount,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        (-amount)::decimal(18, 2) as net_amount,
        'service_fee' as entry_type
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'wechat' as platform,
    'statement' as ledger,
    order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    entry_type,
    '质检费' as entry_text,
    null::timestamp as settled_at,
    null::date as settlement_date,
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key(["'wechat.shop_qic_fees'", 'order_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
