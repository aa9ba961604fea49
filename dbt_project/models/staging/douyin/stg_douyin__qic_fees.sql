{#- Fees for quality inspections; the file names what is to be paid as a positive amount. -#}
{%- set checks = [
    ('settled_at', 'settled_at', 'time', false),
    ('settled_amount', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__qic_fees') }}

),

typed as (

    select
        raw.order_id,
        raw.fee_type as entry_text,
        raw.order_line_id as line_id,
        raw.ledger_entry_id as entry_id,
        raw.settled_at as settled_at_text,
        raw.settled_amount as amount_text,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.settled_amount') }} as amount,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        (-amount)::decimal(18, 2) as net_amount,
        'service_fee' as words_type
    from typed

),

numbered as (

    select
        *,
        words_type as entry_type,
        row_number() over (
            partition by _source_hash, entry_id, entry_text
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'douyin' as platform,
    'statement' as ledger,
    order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    entry_type,
    entry_text,
    settled_at,
    {{ local_date('settled_at') }} as settlement_date,
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key(["'douyin.qic_fees'", 'entry_id', 'entry_text', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
