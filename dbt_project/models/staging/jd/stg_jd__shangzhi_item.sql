{#- SKUs of the shop. The page has no day: the rows above the header or the name of the file tell it. -#}
{%- set checks = [
    ('stat_date', 'period_end', 'period', true),
    ('sku_id', 'item_id', 'text', true),
    ('item_pv', 'page_views', 'integer', false),
    ('item_uv', 'visitors', 'integer', false),
    ('avg_stay_seconds', 'average_stay_seconds', 'duration', false),
    ('cart_users', 'cart_users', 'integer', false),
    ('cart_units', 'add_to_carts', 'integer', false),
    ('cart_rate', 'cart_rate', 'rate', false),
    ('buyers', 'buyers', 'integer', false),
    ('orders', 'orders', 'integer', false),
    ('units', 'units', 'integer', false),
    ('gmv', 'gross_amount', 'amount', false),
    ('conversion_rate', 'conversion_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__shangzhi_item') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        dated.sku_id as item_id,
        dated.item_title,
        dated.brand,
        coalesce(dated.category_l3, dated.category_l2, dated.category_l1) as category,
        {{ typed_cells(checks, 'dated') }},
        {{ lineage('dated') }}
    from dated

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'jd' as platform,
    period_start,
    period_end,
    item_id,
    item_title,
    brand,
    category,
    page_views,
    visitors,
    average_stay_seconds,
    cart_users,
    add_to_carts,
    cart_rate,
    buyers,
    orders,
    units,
    gross_amount,
    conversion_rate,
    'CNY' as currency,
    concat_ws('|', item_id, period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
