{#- The rows of the order report that give money back. They have no number of their own: order and time are one. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'refunded_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'woocommerce__analytics_orders') }}

),

typed as (

    select
        raw.order_id,
        raw.created_at as refunded_at_text,
        {{ to_utc('raw.created_at') }} as refunded_at,
        -{{ to_money('coalesce(raw.paid_amount, raw.net_sales_text)') }} as refund_amount,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        row_number() over (partition by _source_hash, order_id, refunded_at order by _row_number) as repetition
    from typed
    where refund_amount > 0

),

checked as (

    select
        *,
        order_id || '@' || strftime(refunded_at, '%Y-%m-%dT%H:%M:%SZ')
        || case when repetition > 1 then '#' || repetition else '' end as case_id,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'woocommerce' as platform,
    order_id,
    case_id,
    refunded_at as applied_at,
    refunded_at,
    'refunded' as state,
    refund_amount,
    'refund' as kind,
    'CNY' as currency,
    'woocommerce:' || case_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
