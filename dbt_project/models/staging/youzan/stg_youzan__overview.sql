{#- The shop by day. -#}
{%- set checks = [
    ('stat_date', 'report_date', 'date', true),
    ('item_pv', 'page_views', 'integer', false),
    ('item_uv', 'visitors', 'integer', false),
    ('order_buyers', 'ordering_buyers', 'integer', false),
    ('placed_orders', 'placed_orders', 'integer', false),
    ('order_amount', 'ordered_amount', 'amount', false),
    ('pay_buyers', 'buyers', 'integer', false),
    ('pay_orders', 'orders', 'integer', false),
    ('pay_items', 'units', 'integer', false),
    ('pay_amount', 'gross_amount', 'amount', false),
    ('pay_cvr', 'conversion_rate', 'rate', false),
    ('old_buyers', 'returning_buyers', 'integer', false),
    ('new_buyer_amount', 'new_buyer_amount', 'amount', false),
    ('old_buyer_amount', 'returning_buyer_amount', 'amount', false),
    ('refund_success_amount', 'refund_amount', 'amount', false),
    ('refund_rate', 'refund_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'youzan__overview') }}

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
    'youzan' as platform,
    report_date,
    page_views,
    visitors,
    ordering_buyers,
    placed_orders,
    ordered_amount,
    buyers,
    orders,
    units,
    gross_amount,
    conversion_rate,
    returning_buyers,
    new_buyer_amount,
    returning_buyer_amount,
    refund_amount,
    refund_rate,
    'CNY' as currency,
    report_date::varchar as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
