{{ config(materialized='ephemeral', contract={'enforced': false}) }}
{#- The newest delivery of a row counts; what it does not know (another export of the platform, a form with other
    columns, a buyer who is masked by now) is filled from the deliveries it replaced. -#}
{%- set columns = [
    'account_id', 'paid_at', 'completed_at', 'refunded_at', 'item_id', 'item_title', 'category', 'brand', 'quantity',
    'unit_price', 'order_amount', 'line_refund_amount',
    'order_refund_amount', 'currency', 'province', 'city', 'traffic_source', 'campaign', 'phone', 'email',
    'buyer_name', 'alipay',
] -%}
{#- Of these the row itself may be only second best. -#}
{%- set weighed = ['status', 'implied_status', 'ordered_at', 'line_amount', 'implied_line_amount'] -%}
with current_rows as not materialized (
    {{ current_rows('orders') }}
),

replaced as (

    select
        delivered.*,
        (delivered._exported_at, delivered._source_hash, delivered._row_number) as recency
    from {{ ref('delivered_orders') }} as delivered
    semi join {{ ref('superseded_rows') }} as superseded
        on
            delivered._source_hash = superseded._source_hash
            and delivered._row_number = superseded._row_number

),

-- Most rows are replaced by rows that know as much: only the others are worth sorting.
known as (

    select
        {%- for column in weighed + columns %}
        arg_max(replaced.{{ column }}, replaced.recency) as {{ column }},
        {%- endfor %}
        replaced._key
    from replaced
    inner join current_rows on replaced._key = current_rows._key
    where
        false
        {%- for column in weighed + columns %}
        or (current_rows.{{ column }} is null and replaced.{{ column }} is not null)
        {%- endfor %}
    group by replaced._key

)

select
    current_rows.source_export,
    current_rows.platform,
    current_rows.order_id,
    current_rows.line_id,
    -- An export without states only says how far the order is at least.
    case
        when current_rows.status is not null then current_rows.status
        when known.status in ('completed', 'closed', 'refunded') then known.status
        when known.status = 'shipped' and current_rows.implied_status <> 'completed' then known.status
        when known.status = 'paid' and current_rows.implied_status = 'pending' then known.status
        else coalesce(current_rows.implied_status, known.implied_status)
    end as status,
    coalesce(current_rows.ordered_at, known.ordered_at, current_rows.paid_at, known.paid_at) as ordered_at,
    coalesce(
        current_rows.line_amount, known.line_amount, current_rows.implied_line_amount, known.implied_line_amount
    ) as line_amount,
    coalesce(
        current_rows.order_amount, known.order_amount, current_rows.line_amount, known.line_amount,
        current_rows.implied_line_amount, known.implied_line_amount, 0
    ) - coalesce(
        current_rows.order_amount, current_rows.line_amount, current_rows.implied_line_amount, 0
    ) as filled_amount
    {%- for column in columns %},
    coalesce(current_rows.{{ column }}, known.{{ column }}) as {{ column }}
    {%- endfor %},
    current_rows._key,
    {{ lineage('current_rows') }}
from current_rows
left join known on current_rows._key = known._key
