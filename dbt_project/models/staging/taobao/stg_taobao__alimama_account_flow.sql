{#- The ledger of the ad account: money moves between the shop and ads here. What ads cost is in the ad reports. -#}
{%- set checks = [
    ('stat_date', 'settlement_date', 'date', true),
    ('booked_at', 'settled_at', 'time', false),
    ('amount', 'amount', 'money', true),
    ('ledger_direction', 'direction', 'value', true),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__alimama_account_flow') }}

),

statuses as (
    {{ status_words('taobao.alimama.account_flow') }}
),

typed as (

    select
        statuses.meaning,
        raw.entry_type as entry_text,
        raw.balance,
        raw.stat_date as settlement_date_text,
        raw.booked_at as settled_at_text,
        raw.amount as amount_text,
        raw.ledger_direction as direction_text,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_utc('raw.booked_at') }} as settled_at,
        {{ to_money('raw.amount') }} as amount,
        {{ mapped('raw.ledger_direction', {
            '收入': 'in', '入账': 'in', '转入': 'in', '收': 'in', '支出': 'out', '出账': 'out', '转出': 'out', '支': 'out',
        }) }} as direction,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.entry_type') }} = statuses.word

),

signed as (

    select
        *,
        (case when direction = 'out' then -abs(amount) else amount end)::decimal(18, 2) as net_amount,
        coalesce(meaning, 'other') as words_type
    from typed

),

numbered as (

    select
        *,
        words_type as entry_type,
        row_number() over (
            partition by _source_hash, settlement_date, settled_at, direction, entry_text, net_amount, balance
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    'taobao' as platform,
    'ads' as ledger,
    null::varchar as order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    entry_type,
    entry_text,
    settled_at,
    settlement_date,
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key([
        "'taobao.alimama.account_flow'", 'settlement_date', 'settled_at', 'direction', 'entry_text', 'net_amount', 'balance', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
