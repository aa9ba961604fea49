{#- Where a platform exports orders and their lines in two files the order names buyer, times and payment, and
    the lines name the goods. An order whose lines have not been delivered is one line by itself;
    lines without any time wait in quarantine for their order. -#}
with order_rows as (

    select * from {{ ref('order_rows') }}

),

items as (

    select * from {{ ref('items') }}

),

line_attributions as (

    select
        order_line_key,
        traffic_source,
        campaign
    from {{ ref('line_attributions') }}

),

orders as (

    select * from order_rows
    where is_order_level

),

lines as (

    select * from order_rows
    where not is_order_level

),

joined as (

    select
        lines.order_line_key,
        lines.order_key,
        lines.platform,
        coalesce(orders.account_key, lines.account_key) as account_key,
        coalesce(orders.ordered_at, lines.ordered_at) as ordered_at,
        coalesce(orders.paid_at, lines.paid_at) as paid_at,
        coalesce(orders.completed_at, lines.completed_at) as completed_at,
        lines.refunded_at,
        -- Two files tell the state of one order: the newer one is right.
        case when orders._exported_at > lines._exported_at then orders.status else lines.status end as status,
        lines.item_id,
        lines.item_title,
        lines.category,
        lines.brand,
        lines.quantity,
        lines.unit_price,
        lines.line_amount,
        coalesce(orders.order_amount, lines.order_amount) as order_amount,
        lines.line_refund_amount,
        coalesce(orders.order_refund_amount, lines.order_refund_amount) as order_refund_amount,
        lines.currency,
        coalesce(orders.province, lines.province) as province,
        coalesce(orders.city, lines.city) as city,
        coalesce(orders.traffic_source, lines.traffic_source) as traffic_source,
        coalesce(orders.campaign, lines.campaign) as campaign,
        lines.source_export,
        lines._exported_at,
        lines._source_hash
    from lines
    left join orders on lines.order_key = orders.order_key
    where coalesce(orders.ordered_at, lines.ordered_at) is not null

    union all

    select
        orders.order_line_key,
        orders.order_key,
        orders.platform,
        orders.account_key,
        orders.ordered_at,
        orders.paid_at,
        orders.completed_at,
        orders.refunded_at,
        orders.status,
        orders.item_id,
        orders.item_title,
        orders.category,
        orders.brand,
        orders.quantity,
        orders.unit_price,
        orders.line_amount,
        orders.order_amount,
        orders.line_refund_amount,
        orders.order_refund_amount,
        orders.currency,
        orders.province,
        orders.city,
        orders.traffic_source,
        orders.campaign,
        orders.source_export,
        orders._exported_at,
        orders._source_hash
    from orders
    anti join lines on orders.order_key = lines.order_key

),

-- Some exports have no time of payment, but a state or a refund that nobody gets to without paying.
paid as (

    select
        *,
        coalesce(
            paid_at,
            case
                when status in ('paid', 'shipped', 'completed', 'refunded') or line_refund_amount > 0 then ordered_at
            end
        ) as known_paid_at
    from joined

),

-- The weight of a line in its order, in cents: its own payment where every line has one, else its list value.
payments as (

    select
        order_key,
        arg_max(order_amount, (_exported_at, _source_hash, order_line_key)) as order_amount,
        arg_max(order_refund_amount, (_exported_at, _source_hash, order_line_key)) as order_refund_amount,
        max(order_line_key) as last_line_key,
        bool_and(line_amount is not null) as has_line_amounts,
        sum((coalesce(line_amount, 0) * 100)::hugeint) as line_cents,
        sum((coalesce(unit_price, 0) * 100)::hugeint * coalesce(quantity, 1)) as list_cents
    from paid
    where known_paid_at is not null
    group by order_key

),

weighed as (

    select
        paid.*,
        payments.last_line_key,
        payments.order_refund_amount as refund_of_order,
        case
            when payments.order_amount is not null then (payments.order_amount * 100)::hugeint
            else payments.line_cents
        end as order_cents,
        case
            when payments.has_line_amounts and payments.line_cents > 0 then (paid.line_amount * 100)::hugeint
            when payments.list_cents > 0 then (coalesce(paid.unit_price, 0) * 100)::hugeint * coalesce(paid.quantity, 1)
            else 1
        end as weight
    from paid
    -- Unpaid lines of a paid order find its payment too, and get no share of it below. (A condition on
    -- them here would keep DuckDB from a hash join.)
    left join payments on paid.order_key = payments.order_key

),

shared as (

    select
        *,
        case
            when known_paid_at is null then 0
            else (order_cents * weight) // sum(weight) over (partition by order_key, known_paid_at is null)
        end as share_cents
    from weighed

),

-- Cents that do not divide go to the last line, so that the lines sum to the payment.
allocated as (

    select
        *,
        case
            when known_paid_at is null then 0
            when order_line_key = last_line_key
                then share_cents + order_cents - sum(share_cents) over (partition by order_key)
            else share_cents
        end as gross_cents
    from shared

),

-- A refund of the whole order is cut where the payments end: no line gives back more than it got.
cut as (

    select
        *,
        sum(gross_cents) over (partition by order_key order by order_line_key) as gross_cents_so_far,
        sum(gross_cents) over (partition by order_key) as gross_cents_of_order,
        least(
            (refund_of_order * 100)::hugeint,
            sum(gross_cents) over (partition by order_key)
        ) as order_refund_cents
    from allocated

),

refunded as (

    select
        *,
        case
            when gross_cents = 0 then 0
            when line_refund_amount > 0 then least((line_refund_amount * 100)::hugeint, gross_cents)
            when refund_of_order > 0 and line_refund_amount is null
                then
                    order_refund_cents * gross_cents_so_far // gross_cents_of_order
                    - order_refund_cents * (gross_cents_so_far - gross_cents) // gross_cents_of_order
            when status in ('closed', 'refunded') then gross_cents
            else 0
        end as refund_cents
    from cut

),

-- What the order's own export says of its source is believed before what the reports of partners say.
attributed as (

    select
        refunded.* exclude (traffic_source, campaign),
        coalesce(refunded.traffic_source, line_attributions.traffic_source) as traffic_source,
        coalesce(refunded.campaign, line_attributions.campaign) as campaign
    from refunded
    left join line_attributions on refunded.order_line_key = line_attributions.order_line_key

)

select
    attributed.order_line_key,
    attributed.order_key,
    attributed.platform,
    attributed.account_key,
    attributed.ordered_at,
    attributed.known_paid_at as paid_at,
    {{ local_date('attributed.known_paid_at') }} as paid_date,
    attributed.completed_at,
    case when attributed.refund_cents > 0 then attributed.refunded_at end as refunded_at,
    attributed.item_id,
    attributed.item_title,
    coalesce(attributed.category, items.category) as category,
    coalesce(attributed.brand, items.brand) as brand,
    coalesce(attributed.quantity, 1) as quantity,
    (attributed.gross_cents / 100)::decimal(18, 2) as gross_amount,
    (attributed.refund_cents / 100)::decimal(18, 2) as refund_amount,
    ((attributed.gross_cents - attributed.refund_cents) / 100)::decimal(18, 2) as net_amount,
    attributed.currency,
    attributed.status,
    attributed.province,
    attributed.city,
    attributed.traffic_source,
    attributed.campaign,
    {{ channel_of() }} as channel,
    attributed.source_export
from attributed
left join items on attributed.item_title = items.item_title
{{ channel_joins('attributed') }}
