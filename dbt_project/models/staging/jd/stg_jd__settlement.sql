{#- Each fee of each item of each order. Refunds are goods with a negative amount. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('fee_name', 'entry_text', 'text', true),
    ('settled_amount', 'amount', 'money', true),
    ('direction', 'direction', 'value', false),
    ('bill_date', 'bill_date', 'date', false),
    ('received_at', 'settled_at', 'time', false),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__settlement') }}

),

typed as (

    select
        raw.order_id,
        raw.sku_id as item_id,
        raw.refund_id,
        raw.fee_name as entry_text,
        case when raw.currency is null or raw.currency like '%人民币%' then 'CNY' else upper(raw.currency) end as currency,
        raw.settled_amount as amount_text,
        raw.direction as direction_text,
        raw.bill_date as bill_date_text,
        raw.received_at as settled_at_text,
        {{ to_money('raw.settled_amount') }} as amount,
        {{ mapped('raw.direction', {
            '收入': 'in', '入账': 'in', '转入': 'in', '收': 'in', '支出': 'out', '出账': 'out', '转出': 'out', '支': 'out',
        }) }} as direction,
        {{ to_date('raw.bill_date') }} as bill_date,
        {{ to_utc('raw.received_at') }} as settled_at,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        -- Expenses are negative already in most files: they must not turn positive.
        (case when direction = 'out' then -abs(amount) else amount end)::decimal(18, 2) as net_amount,
        {{ entry_type_of('entry_text') }} as words_type
    from typed

),

numbered as (

    select
        *,
        {{ goods_or_refund('words_type', 'net_amount') }} as entry_type,
        row_number() over (
            partition by _source_hash, order_id, item_id, entry_text, direction, refund_id, bill_date
            order by amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'jd' as platform,
    'statement' as ledger,
    order_id,
    null::varchar as line_id,
    item_id,
    entry_type,
    entry_text,
    settled_at,
    coalesce(bill_date, {{ local_date('settled_at') }}) as settlement_date,
    {{ entry_amounts() }},
    currency,
    {{ row_key([
        "'jd.settlement'", 'order_id', 'item_id', 'entry_text', 'direction', 'refund_id', 'bill_date', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
