{#- Each case finds its order and, where it can, its line: by the number of the line (which some files write as that
    of the order), else as the only line of the order, else as the only one with the item. -#}
with current_rows as (
    {{ current_rows('refund_cases') }}
),

delivered_orders as (

    select * from {{ ref('delivered_orders') }}

),

order_rows as (

    select * from {{ ref('order_rows') }}

),

cases as (

    select
        *,
        coalesce(line_id, order_id) as number
    from current_rows

),

-- Numbers of lines that name one order.
numbered as (

    select
        lines.platform,
        lines.line_id,
        min(lines.order_id) as order_id
    from delivered_orders as lines
    semi join cases on lines.platform = cases.platform and lines.line_id = cases.number
    where lines._bad_column is null
    group by lines.platform, lines.line_id
    having min(lines.order_id) = max(lines.order_id)

),

placed as (

    select
        cases.*,
        {{ keyed_hash("cases.platform || ':case:' || cases.case_id") }} as case_key,
        {{ keyed_hash("cases.platform || ':order:' || coalesce(numbered.order_id, cases.order_id)") }} as order_key,
        {{ keyed_hash("cases.platform || ':line:' || numbered.order_id || ':' || numbered.line_id") }} as line_key
    from cases
    left join numbered on cases.platform = numbered.platform and cases.number = numbered.line_id

),

-- What order_lines will hold of the orders of the cases: lines, or whole orders that have none.
of_orders as (

    select
        order_rows.order_key,
        order_rows.order_line_key,
        order_rows.is_order_level,
        order_rows.item_id,
        order_rows.item_title,
        order_rows.ordered_at
    from order_rows
    semi join placed on order_rows.order_key = placed.order_key

),

orders as (

    select
        order_key,
        max(ordered_at) as ordered_at,
        count(*) filter (where not is_order_level) as lines,
        case
            when count(*) filter (where not is_order_level) = 1
                then max(order_line_key) filter (where not is_order_level)
            when count(*) = 1 then max(order_line_key)
        end as only_line_key
    from of_orders
    group by order_key

),

same_item as (

    select
        placed.case_key,
        max(of_orders.order_line_key) as line_key
    from placed
    inner join of_orders on placed.order_key = of_orders.order_key
    where
        not of_orders.is_order_level
        and (placed.item_id = of_orders.item_id or placed.item_title = of_orders.item_title)
    group by placed.case_key
    having count(*) = 1

)

select
    placed.case_key,
    placed.platform,
    placed.case_id,
    placed.order_key,
    coalesce(placed.line_key, orders.only_line_key, same_item.line_key) as order_line_key,
    {{ account_key('placed.platform', 'placed.account_id') }} as account_key,
    placed.applied_at,
    placed.refunded_at,
    placed.state,
    placed.refund_amount,
    placed.currency,
    placed.kind,
    {{ without_personal_data('placed.reason') }} as reason,
    orders.ordered_at is null as is_waiting,
    placed.source_export,
    placed._exported_at,
    placed._source_hash,
    placed._row_number
from placed
left join orders on placed.order_key = orders.order_key
left join same_item on placed.case_key = same_item.case_key
