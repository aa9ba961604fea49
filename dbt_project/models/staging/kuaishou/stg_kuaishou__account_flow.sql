{#- The ledger of the shop's account: the same money as in the statements, as it moves. -#}
{%- set checks = [
    ('ledger_entry_id', 'entry_id', 'text', true),
    ('booked_at', 'settled_at', 'time', true),
    ('amount', 'amount', 'money', true),
    ('ledger_direction', 'direction', 'value', true),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__account_flow') }}

),

typed as (

    select
        raw.order_id,
        raw.entry_type as entry_text,
        raw.ledger_entry_id as entry_id,
        raw.business_desc as description,
        raw.booked_at as settled_at_text,
        raw.amount as amount_text,
        raw.ledger_direction as direction_text,
        {{ to_utc('raw.booked_at') }} as settled_at,
        {{ to_money('raw.amount') }} as amount,
        {{ mapped('raw.ledger_direction', {
            '收入': 'in', '入账': 'in', '转入': 'in', '收': 'in', '支出': 'out', '出账': 'out', '转出': 'out', '支': 'out',
        }) }} as direction,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        (case when direction = 'out' then -abs(amount) else amount end)::decimal(18, 2) as net_amount,
        coalesce(nullif({{ entry_type_of('entry_text') }}, 'other'), {{ entry_type_of('description') }}) as words_type
    from typed

),

numbered as (

    select
        *,
        {{ goods_or_refund('words_type', 'net_amount') }} as entry_type,
        row_number() over (
            partition by _source_hash, entry_id
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'kuaishou' as platform,
    'account' as ledger,
    order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    entry_type,
    entry_text,
    settled_at,
    {{ local_date('settled_at') }} as settlement_date,
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key(["'kuaishou.account_flow'", 'entry_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
