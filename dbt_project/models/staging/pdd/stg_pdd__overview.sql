{#- The shop by day: the only count of buyers that Pinduoduo gives. -#}
{%- set checks = [
    ('stat_date', 'report_date', 'date', true),
    ('pay_buyers', 'buyers', 'integer', false),
    ('pay_orders', 'orders', 'integer', false),
    ('pay_amount', 'gross_amount', 'amount', false),
    ('pay_cvr', 'conversion_rate', 'rate', false),
    ('old_buyer_share', 'returning_buyer_share', 'rate', false),
    ('shop_followers', 'followers', 'integer', false),
    ('refund_success_amount', 'refund_amount', 'amount', false),
    ('refund_orders', 'refund_orders', 'integer', false),
    ('refund_rate', 'refund_rate', 'rate', false),
    ('dispute_refunds', 'dispute_refunds', 'integer', false),
    ('dispute_refund_rate', 'dispute_refund_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'pdd__overview') }}

),

typed as (

    select
        {{ typed_cells(checks, 'raw') }},
        {{ lineage('raw') }}
    from raw

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'pdd' as platform,
    report_date,
    buyers,
    orders,
    gross_amount,
    conversion_rate,
    returning_buyer_share,
    followers,
    refund_amount,
    refund_orders,
    refund_rate,
    dispute_refunds,
    dispute_refund_rate,
    'CNY' as currency,
    report_date::varchar as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
