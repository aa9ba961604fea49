{#- What was settled for each item, and what was taken back for each refund. The rest of a row is taxes. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('settled_at', 'settled_at', 'time', false),
    ('settled_amount', 'net_amount', 'money', true),
    ('paid_amount', 'paid_amount', 'money', false),
    ('discount_platform', 'discount_platform', 'money', false),
    ('freight_amount', 'freight', 'money', false),
    ('freight_subsidy', 'freight_subsidy', 'money', false),
    ('platform_fee', 'platform_fee', 'money', false),
    ('commission', 'commission', 'money', false),
    ('payment_fee', 'payment_fee', 'money', false),
    ('operator_commission', 'operator_commission', 'money', false),
    ('developer_commission', 'developer_commission', 'money', false),
    ('instalment_fee', 'instalment_fee', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__settlement') }}

),

typed as (

    select
        raw.order_id,
        raw.refund_id,
        raw.transaction_type as entry_text,
        raw.settled_at as settled_at_text,
        raw.settled_amount as net_amount_text,
        raw.paid_amount as paid_amount_text,
        raw.discount_platform as discount_platform_text,
        raw.freight_amount as freight_text,
        raw.freight_subsidy as freight_subsidy_text,
        raw.platform_fee as platform_fee_text,
        raw.commission as commission_text,
        raw.payment_fee as payment_fee_text,
        raw.operator_commission as operator_commission_text,
        raw.developer_commission as developer_commission_text,
        raw.instalment_fee as instalment_fee_text,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.settled_amount') }} as net_amount,
        {{ to_money('raw.paid_amount') }} as paid_amount,
        {{ to_money('raw.discount_platform') }} as discount_platform,
        {{ to_money('raw.freight_amount') }} as freight,
        {{ to_money('raw.freight_subsidy') }} as freight_subsidy,
        {{ to_money('raw.platform_fee') }} as platform_fee,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.payment_fee') }} as payment_fee,
        {{ to_money('raw.operator_commission') }} as operator_commission,
        {{ to_money('raw.developer_commission') }} as developer_commission,
        {{ to_money('raw.instalment_fee') }} as instalment_fee,
        {{ lineage('raw') }}
    from raw

),

summed as (

    select
        *,
        (coalesce(paid_amount, 0) + coalesce(discount_platform, 0))::decimal(18, 2) as goods_amount,
        (coalesce(freight, 0) + coalesce(freight_subsidy, 0))::decimal(18, 2) as freight_amount,
        coalesce(platform_fee, 0) + coalesce(commission, 0) + coalesce(payment_fee, 0)
        + coalesce(operator_commission, 0) + coalesce(developer_commission, 0) + coalesce(instalment_fee, 0) as fees
    from typed

),

split as (

    select
        *,
        {{ signed_fees('fees', 'net_amount - goods_amount - freight_amount') }} as fee_amount,
        {{ signed_fees('coalesce(commission, 0)', 'net_amount - goods_amount - freight_amount') }} as commission_amount
    from summed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, refund_id, entry_text, settled_at
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from split

)

select
    'xiaohongshu' as platform,
    'statement' as ledger,
    order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    case when refund_id is not null or net_amount < 0 then 'refund' else 'goods' end as entry_type,
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
    {{ row_key([
        "'xiaohongshu.settlement'", 'order_id', 'refund_id', 'entry_text', 'settled_at', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
