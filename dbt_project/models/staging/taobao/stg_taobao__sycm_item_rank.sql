{#- Items of the shop by day, week or month. -#}
{%- set checks = [
    ('stat_date', 'period_end', 'period', true),
    ('item_id', 'item_id', 'text', true),
    ('item_pv', 'page_views', 'integer', false),
    ('item_uv', 'visitors', 'integer', false),
    ('avg_stay_seconds', 'average_stay_seconds', 'duration', false),
    ('bounce_rate', 'bounce_rate', 'rate', false),
    ('fav_users', 'favorites', 'integer', false),
    ('cart_users', 'cart_users', 'integer', false),
    ('add_to_cart', 'add_to_carts', 'integer', false),
    ('order_buyers', 'ordering_buyers', 'integer', false),
    ('order_items', 'ordered_units', 'integer', false),
    ('order_amount', 'ordered_amount', 'amount', false),
    ('order_cvr', 'ordering_rate', 'rate', false),
    ('pay_buyers', 'buyers', 'integer', false),
    ('pay_items', 'units', 'integer', false),
    ('pay_amount', 'gross_amount', 'amount', false),
    ('pay_cvr', 'conversion_rate', 'rate', false),
    ('new_buyers', 'new_buyers', 'integer', false),
    ('old_buyers', 'returning_buyers', 'integer', false),
    ('old_buyers_amount', 'returning_buyer_amount', 'amount', false),
    ('refund_success_amount', 'refund_amount', 'amount', false),
    ('search_visitors', 'search_visitors', 'integer', false),
    ('search_buyers', 'search_buyers', 'integer', false),
    ('search_cvr', 'search_conversion_rate', 'rate', false),
] -%}
with raw as (

    select
        *,
        null::varchar as report_title
    from {{ source('raw', 'taobao__sycm_item_rank') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        dated.item_id,
        dated.item_title,
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
    item_id,
    item_title,
    page_views,
    visitors,
    average_stay_seconds,
    bounce_rate,
    favorites,
    cart_users,
    add_to_carts,
    ordering_buyers,
    ordered_units,
    ordered_amount,
    ordering_rate,
    buyers,
    units,
    gross_amount,
    conversion_rate,
    new_buyers,
    returning_buyers,
    returning_buyer_amount,
    refund_amount,
    search_visitors,
    search_buyers,
    search_conversion_rate,
    'CNY' as currency,
    concat_ws('|', item_id, period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
