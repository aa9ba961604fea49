{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because identifiers are readable here. -#}
{%- set no_rate -%}
    rates.rate is null
    and coalesce(
        delivered.currency, delivered.line_amount::varchar, delivered.implied_line_amount::varchar,
        delivered.order_amount::varchar, delivered.line_refund_amount::varchar, delivered.order_refund_amount::varchar
    ) is not null
{%- endset %}
with delivered as (
    {{ union_exports('orders') }}
),

rates as (

    select * from {{ source('config', 'currency_rates') }}

)

select
    delivered.source_export,
    delivered.platform,
    delivered.account_id,
    delivered.order_id,
    delivered.line_id,
    coalesce(delivered.is_made_line, false) as is_made_line,
    delivered.ordered_at,
    delivered.paid_at,
    delivered.completed_at,
    delivered.refunded_at,
    delivered.status,
    delivered.implied_status,
    delivered.item_id,
    delivered.item_title,
    delivered.category,
    delivered.brand,
    delivered.quantity,
    delivered.unit_price,
    {{ in_base_currency('delivered.line_amount', 'rates.rate') }} as line_amount,
    {{ in_base_currency('delivered.implied_line_amount', 'rates.rate') }} as implied_line_amount,
    {{ in_base_currency('delivered.order_amount', 'rates.rate') }} as order_amount,
    {{ in_base_currency('delivered.line_refund_amount', 'rates.rate') }} as line_refund_amount,
    {{ in_base_currency('delivered.order_refund_amount', 'rates.rate') }} as order_refund_amount,
    delivered.currency,
    delivered.province,
    delivered.city,
    delivered.traffic_source,
    delivered.campaign,
    delivered.phone,
    delivered.email,
    delivered.buyer_name,
    delivered.alipay,
    delivered._key,
    {{ lineage('delivered') }},
    coalesce(delivered._bad_column, case when {{ no_rate }} then 'currency' end) as _bad_column,
    case when delivered._bad_column is null then delivered.currency else delivered._bad_value end as _bad_value,
    coalesce(delivered._bad_reason, case when {{ no_rate }} then 'unknown currency' end) as _bad_reason
from delivered
left join rates on delivered.currency = rates.currency
