{#- Fees for services beside the goods. -#}
{%- set checks = [
    ('settled_at', 'settled_at', 'time', false),
    ('settled_amount', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__service_fees') }}

),

typed as (

    select
        raw.order_id,
        raw.fee_type as entry_text,
        raw.ledger_entry_id as entry_id,
        raw.entry_type as description,
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
        amount as net_amount,
        coalesce(nullif({{ entry_type_of('entry_text') }}, 'other'), {{ entry_type_of('description') }}) as words_type
    from typed

),

numbered as (

    select
        *,
        {{ goods_or_refund('words_type', 'net_amount') }} as entry_type,
        row_number() over (
            partition by _source_hash, entry_id, entry_text, description, settled_at
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'xiaohongshu' as platform,
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
    {{ row_key([
        "'xiaohongshu.service_fees'", 'entry_id', 'entry_text', 'description', 'settled_at', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
