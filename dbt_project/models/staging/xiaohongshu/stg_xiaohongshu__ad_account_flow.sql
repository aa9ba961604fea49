{#- The ledger of the ad account. -#}
{%- set checks = [
    ('stat_date', 'settlement_date', 'date', true),
    ('booked_at', 'settled_at', 'time', false),
    ('amount', 'amount', 'money', true),
    ('ledger_direction', 'direction', 'value', false),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__ad_account_flow') }}

),

typed as (

    select
        raw.entry_type as entry_text,
        raw.fund_type,
        raw.balance,
        raw.stat_date as settlement_date_text,
        raw.booked_at as settled_at_text,
        raw.amount as amount_text,
        raw.ledger_direction as direction_text,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_utc('raw.booked_at') }} as settled_at,
        {{ to_money('raw.amount') }} as amount,
        {{ mapped('raw.ledger_direction', {
            '收入': 'in', '入账': 'in', '转入': 'in', '收': 'in', '充值': 'in', '退款': 'in', '返还': 'in',
            '支出': 'out', '出账': 'out', '转出': 'out', '支': 'out', '消费': 'out', '消耗': 'out', '扣款': 'out', '扣费': 'out',
        }) }} as direction,
        coalesce(
            nullif({{ ad_entry_type('raw.entry_type') }}, 'other'), {{ ad_entry_type('raw.ledger_direction') }}
        ) as words_type,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        {{ ad_entry_amount('amount', 'words_type', 'direction') }} as net_amount,
        -- Ads that give money are a refund.
        case when words_type = 'ad' and direction = 'in' then 'ad_refund' else words_type end as entry_type
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by
                _source_hash, settlement_date, settled_at, direction, entry_text, fund_type, net_amount, balance
            order by _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    {{ ad_entry('xiaohongshu') }},
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key([
        "'xiaohongshu.ad_account_flow'", 'settlement_date', 'settled_at', 'direction', 'entry_text', 'fund_type', 'net_amount', 'balance',
        'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
