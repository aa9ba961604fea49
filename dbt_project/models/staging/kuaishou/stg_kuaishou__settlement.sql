{#- What was settled for each order: income, refund, expenses and what is left of them. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('settled_at', 'settled_at', 'time', false),
    ('settled_amount', 'net_amount', 'money', true),
    ('income_total', 'income', 'money', true),
    ('refund_amount', 'refund', 'money', false),
    ('expense_total', 'expense', 'money', true),
    ('commission', 'commission', 'money', false),
    ('leader_commission', 'leader_commission', 'money', false),
    ('promoter_commission', 'promoter_commission', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__settlement') }}

),

typed as (

    select
        raw.order_id,
        raw.item_id,
        raw.settled_at as settled_at_text,
        raw.settled_amount as net_amount_text,
        raw.income_total as income_text,
        raw.refund_amount as refund_text,
        raw.expense_total as expense_text,
        raw.commission as commission_text,
        raw.leader_commission as leader_commission_text,
        raw.promoter_commission as promoter_commission_text,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.settled_amount') }} as net_amount,
        {{ to_money('raw.income_total') }} as income,
        {{ to_money('raw.refund_amount') }} as refund,
        {{ to_money('raw.expense_total') }} as expense,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.leader_commission') }} as leader_commission,
        {{ to_money('raw.promoter_commission') }} as promoter_commission,
        {{ lineage('raw') }}
    from raw

),

returned as (

    select
        *,
        -- Where income less expenses is the net amount, the refund is one of the expenses, or off the income already.
        case
            when income - abs(expense) = net_amount and abs(refund) > abs(expense) then 0
            else abs(coalesce(refund, 0))
        end as taken_back
    from typed

),

goods as (

    select
        *,
        (income - taken_back)::decimal(18, 2) as goods_amount,
        0::decimal(18, 2) as freight_amount,
        case when income - abs(expense) = net_amount then abs(expense) - taken_back else expense end as fees,
        coalesce(commission, 0) + coalesce(leader_commission, 0) + coalesce(promoter_commission, 0) as commissions
    from returned

),

split as (

    select
        *,
        {{ signed_fees('fees', 'net_amount - goods_amount') }} as fee_amount,
        {{ signed_fees('commissions', 'net_amount - goods_amount') }} as commission_amount
    from goods

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, item_id, settled_at
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from split

)

select
    'kuaishou' as platform,
    'statement' as ledger,
    order_id,
    null::varchar as line_id,
    item_id,
    {{ goods_or_refund("'goods'", 'net_amount') }} as entry_type,
    null::varchar as entry_text,
    settled_at,
    {{ local_date('settled_at') }} as settlement_date,
    goods_amount,
    freight_amount,
    fee_amount,
    (net_amount - goods_amount - freight_amount - fee_amount)::decimal(18, 2) as other_amount,
    net_amount,
    commission_amount,
    'CNY' as currency,
    {{ row_key(["'kuaishou.settlement'", 'order_id', 'item_id', 'settled_at', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
