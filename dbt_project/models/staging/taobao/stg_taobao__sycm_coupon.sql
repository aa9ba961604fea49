{#- Coupons taken and used by day. Shop and item coupons come in files of the same headers: only the name of the
    file says which; a file that does not say is its own kind. -#}
{%- set checks = [
    ('stat_date', 'stat_date', 'date', true),
    ('coupons_taken', 'coupons_taken', 'integer', false),
    ('coupons_used', 'coupons_used', 'integer', false),
    ('pay_amount', 'pay_amount', 'amount', false),
    ('pay_buyers', 'pay_buyers', 'integer', false),
    ('pay_items', 'pay_items', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__sycm_coupon') }}

),

typed as (

    select
        case
            when contains(raw._source_file, '商品') then 'item'
            when contains(raw._source_file, '店铺') then 'shop'
            else 'unknown'
        end as coupon_kind,
        raw.stat_date as stat_date_text,
        raw.coupons_taken as coupons_taken_text,
        raw.coupons_used as coupons_used_text,
        raw.pay_amount as pay_amount_text,
        raw.pay_buyers as pay_buyers_text,
        raw.pay_items as pay_items_text,
        {{ to_date('raw.stat_date') }} as stat_date,
        {{ to_integer('raw.coupons_taken') }} as coupons_taken,
        {{ to_integer('raw.coupons_used') }} as coupons_used,
        {{ to_money('raw.pay_amount') }} as pay_amount,
        {{ to_integer('raw.pay_buyers') }} as pay_buyers,
        {{ to_integer('raw.pay_items') }} as pay_items,
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
    'taobao' as platform,
    stat_date,
    coupon_kind,
    coupons_taken,
    coupons_used,
    pay_amount,
    pay_buyers,
    pay_items,
    'CNY' as currency,
    {{ row_key(['stat_date', 'coupon_kind']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
