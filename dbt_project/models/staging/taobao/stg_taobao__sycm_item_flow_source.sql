{#- Where the visitors of one item came from. Neither the item nor the day is in the table: the rows above the header or
    the name of the file tell them. -#}
{%- set checks = [
    ('stat_date', 'period_end', 'period', true),
    ('item_id', 'item_id', 'item', true),
    ('source_l1', 'source_l1', 'text', true),
    ('item_pv', 'page_views', 'integer', false),
    ('item_uv', 'visitors', 'integer', false),
    ('cart_users', 'cart_users', 'integer', false),
    ('fav_users', 'favorites', 'integer', false),
    ('pay_buyers', 'buyers', 'integer', false),
    ('pay_items', 'units', 'integer', false),
    ('pay_amount', 'gross_amount', 'amount', false),
    ('pay_cvr', 'conversion_rate', 'rate', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__sycm_item_flow_source') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        coalesce(dated.report_title, dated._source_file) as item_id_text,
        coalesce(
            dated.item_id,
            {{ item_named('dated.report_title') }},
            {{ item_named("regexp_extract(dated._source_file, '[^/]*$')") }}
        ) as item_id,
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
    item_id,
    null::varchar as carrier,
    source_l1,
    source_l2,
    source_l3,
    source_l4,
    page_views,
    visitors,
    cart_users,
    favorites,
    buyers,
    units,
    gross_amount,
    conversion_rate,
    'CNY' as currency,
    concat_ws('|', 'item', item_id, period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
