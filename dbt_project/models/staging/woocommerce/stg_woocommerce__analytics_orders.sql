{#- A row is a whole order. Rows of refunds have the number of their order and less than nothing: they are cases. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', false),
    ('paid_amount', 'order_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'woocommerce__analytics_orders') }}

),

statuses as (
    {{ status_words('woocommerce.analytics_orders') }}
),

typed as (

    select
        raw.order_id,
        raw.items_text,
        raw.traffic_source,
        raw.created_at as ordered_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        coalesce(raw.paid_amount, raw.net_sales_text) as order_amount_text,
        {{ to_utc('raw.created_at') }} as ordered_at,
        -- An order on hold waits for its payment here.
        case when statuses.meaning = 'on_hold' then 'pending' else {{ order_status('statuses.meaning') }} end as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('coalesce(raw.paid_amount, raw.net_sales_text)') }} as order_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on lower({{ plain_word('raw.status_raw') }}) = statuses.word

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed
    where order_amount is null or order_amount >= 0

)

select
    'woocommerce' as platform,
    order_id,
    ordered_at,
    status,
    -- One product is named as elsewhere; a list stays a list.
    case
        when length(items_text) - length(replace(items_text, '×', '')) = 1
            then regexp_replace(items_text, '^\s*[0-9]+×\s*', '')
        else items_text
    end as item_title,
    quantity,
    order_amount,
    'CNY' as currency,
    traffic_source,
    'woocommerce:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
