{#- The shop by day. Ad cost comes in two columns, which add up. -#}
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
    ('refund_amount', 'refund_amount', 'amount', false),
    ('refund_orders', 'refund_orders', 'integer', false),
    ('ad_cost_other', 'other_ad_cost', 'amount', false),
    ('ad_cost_sitewide', 'sitewide_ad_cost', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__overview') }}

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
    'kuaishou' as platform,
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
    refund_amount,
    refund_orders,
    coalesce(other_ad_cost + sitewide_ad_cost, other_ad_cost, sitewide_ad_cost) as ad_cost,
    'CNY' as currency,
    report_date::varchar as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
