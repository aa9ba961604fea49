{#- Premiums for return shipping that the shop bears, as positive amounts. -#}
{%- set checks = [
    ('insured_at', 'settled_at', 'time', false),
    ('insurance_fee', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__shipping_insurance') }}

),

typed as (

    select
        raw.order_id,
        '运费险' as entry_text,
        raw.ledger_entry_id as entry_id,
        raw.insured_at as settled_at_text,
        raw.insurance_fee as amount_text,
        {{ to_utc('raw.insured_at') }} as settled_at,
        {{ to_money('raw.insurance_fee') }} as amount,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        (-amount)::decimal(18, 2) as net_amount,
        'insurance' as words_type
    from typed

),

numbered as (

    select
        *,
        words_type as entry_type,
        row_number() over (
            partition by _source_hash, order_id, entry_id
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'kuaishou' as platform,
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
    {{ row_key(["'kuaishou.shipping_insurance'", 'order_id', 'entry_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
