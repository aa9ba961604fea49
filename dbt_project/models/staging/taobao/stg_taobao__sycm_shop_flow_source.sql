{#- Where the visitors of the shop came from. Rows are the nodes of a tree, parents and children together. -#}
{%- set checks = [
    ('stat_date', 'period_end', 'period', true),
    ('source_l1', 'source_l1', 'text', true),
    ('visitors', 'visitors', 'integer', false),
    ('new_visitors', 'new_visitors', 'integer', false),
    ('avg_stay_seconds', 'average_stay_seconds', 'duration', false),
    ('item_click_users', 'item_click_users', 'integer', false),
    ('cart_users', 'cart_users', 'integer', false),
    ('add_to_cart', 'add_to_carts', 'integer', false),
    ('fav_users', 'favorites', 'integer', false),
    ('shop_followers', 'followers', 'integer', false),
    ('pay_buyers', 'buyers', 'integer', false),
    ('pay_cvr', 'conversion_rate', 'rate', false),
    ('pay_amount', 'gross_amount', 'amount', false),
    ('order_buyers', 'ordering_buyers', 'integer', false),
    ('order_amount', 'ordered_amount', 'amount', false),
    ('order_cvr', 'ordering_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__sycm_shop_flow_source') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        dated.traffic_carrier as carrier,
        dated.source_l1,
        dated.source_l2,
        dated.source_l3,
        dated.source_l4,
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
    'taobao' as platform,
    period_start,
    period_end,
    null::varchar as item_id,
    carrier,
    source_l1,
    source_l2,
    source_l3,
    source_l4,
    visitors,
    new_visitors,
    average_stay_seconds,
    item_click_users,
    cart_users,
    add_to_carts,
    favorites,
    followers,
    buyers,
    conversion_rate,
    gross_amount,
    ordering_buyers,
    ordered_amount,
    ordering_rate,
    'CNY' as currency,
    concat_ws('|', 'shop', period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
