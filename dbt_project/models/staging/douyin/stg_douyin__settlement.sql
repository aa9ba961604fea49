{#- What was settled for each sub-order: income, expenses and what is left of them. -#}
{%- set checks = [
    ('order_line_id', 'line_id', 'text', true),
    ('settled_at', 'settled_at', 'time', true),
    ('settled_amount', 'net_amount', 'money', true),
    ('income_total', 'income', 'money', true),
    ('expense_total', 'expense', 'money', true),
    ('shipping_fee', 'shipping_fee', 'money', false),
    ('commission', 'commission', 'money', false),
    ('channel_share', 'channel_share', 'money', false),
    ('recruit_fee', 'recruit_fee', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__settlement') }}

),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.item_id,
        raw.settlement_type as entry_text,
        raw.settled_at as settled_at_text,
        raw.settled_amount as net_amount_text,
        raw.income_total as income_text,
        raw.expense_total as expense_text,
        raw.shipping_fee as shipping_fee_text,
        raw.commission as commission_text,
        raw.channel_share as channel_share_text,
        raw.recruit_fee as recruit_fee_text,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.settled_amount') }} as net_amount,
        {{ to_money('raw.income_total') }} as income,
        {{ to_money('raw.expense_total') }} as expense,
        {{ to_money('raw.shipping_fee') }} as shipping_fee,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.channel_share') }} as channel_share,
        {{ to_money('raw.recruit_fee') }} as recruit_fee,
        {{ lineage('raw') }}
    from raw

),

split as (

    select
        *,
        -- The income holds goods, freight and subsidies; the freight is told apart.
        income - coalesce(shipping_fee, 0) as goods_amount,
        coalesce(shipping_fee, 0) as freight_amount,
        {{ signed_fees('expense', 'net_amount - income') }} as fee_amount,
        {{ signed_fees(
            'coalesce(commission, 0) + coalesce(channel_share, 0) + coalesce(recruit_fee, 0)',
            'net_amount - income'
        ) }} as commission_amount
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, line_id, settled_at, entry_text
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from split

)

select
    'douyin' as platform,
    'statement' as ledger,
    order_id,
    line_id,
    item_id,
    {{ goods_or_refund("'goods'", 'net_amount') }} as entry_type,
    entry_text,
    settled_at,
    {{ local_date('settled_at') }} as settlement_date,
    goods_amount,
    freight_amount,
    fee_amount,
    (net_amount - goods_amount - freight_amount - fee_amount)::decimal(18, 2) as other_amount,
    net_amount,
    commission_amount,
    'CNY' as currency,
    {{ row_key(["'douyin.settlement'", 'line_id', 'settled_at', 'entry_text', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
