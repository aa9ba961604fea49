{#- The ledger of the shop's account: the same money as in the statements, as it moves. -#}
{%- set checks = [
    ('booked_at', 'settled_at', 'time', true),
    ('amount_in', 'amount_in', 'money', true),
    ('amount_out', 'amount_out', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__account_flow') }}

),

typed as (

    select
        raw.order_id,
        raw.entry_type as entry_text,
        raw.balance,
        raw.booked_at as settled_at_text,
        raw.amount_in as amount_in_text,
        raw.amount_out as amount_out_text,
        {{ to_utc('raw.booked_at') }} as settled_at,
        -- One of the two cells is empty, or 0; both empty is no entry.
        coalesce(
            {{ to_money('raw.amount_in') }},
            case when raw.amount_in is null and raw.amount_out is not null then 0 end
        ) as amount_in,
        {{ to_money('raw.amount_out') }} as amount_out,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        (amount_in - abs(coalesce(amount_out, 0)))::decimal(18, 2) as net_amount,
        {{ entry_type_of('entry_text') }} as words_type
    from typed

),

numbered as (

    select
        *,
        {{ goods_or_refund('words_type', 'net_amount') }} as entry_type,
        row_number() over (
            partition by _source_hash, order_id, settled_at, entry_text, net_amount, balance
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'xiaohongshu' as platform,
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
    {{ row_key([
        "'xiaohongshu.account_flow'", 'order_id', 'settled_at', 'entry_text', 'net_amount', 'balance', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
