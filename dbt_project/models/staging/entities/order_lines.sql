{#- Where a platform exports orders and their lines in two files the order names buyer, times and payment, and
    the lines name the goods. An order whose lines have not been delivered is one line by itself;
    what has no time at all waits in quarantine for its order. Of after-sales cases those that ended with a
    refund count: what the export of the orders says was given back and what the cases say is the same money, so
    the larger of the two sums counts, never both. -#}
-- Wide tables that several steps read a few columns of are read again, which is cheaper than to keep them whole.
with order_rows as not materialized (

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

refund_cases as (

    select * from {{ ref('refund_cases') }}

),

orders as not materialized (

    select * from order_rows
    where is_order_level

),

lines as not materialized (

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
        -- Two files tell the state of one order: the newer one is right. But what was sent back stays so.
        case
            when orders._exported_at > lines._exported_at and lines.status not in ('closed', 'refunded')
                then orders.status
            else lines.status
        end as status,
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
    where orders.ordered_at is not null

),

-- Cases of a line; those of an order in which no line could be found are shared by its lines below.
line_refunds as (

    select
        order_line_key,
        sum(refund_amount) as case_amount,
        max(refunded_at) as refunded_at,
        -- Money that went back at several times, or partly at an unknown one, is listed with what had gone before.
        count(distinct refunded_at) > 1 or count(*) <> count(refunded_at) as has_several_times
    from refund_cases
    where state = 'refunded' and order_line_key is not null
    group by order_line_key

),

dated_cases as (

    select
        order_line_key,
        refunded_at,
        sum(refund_amount) as refund_amount,
        sum(sum(refund_amount)) over (partition by order_line_key order by refunded_at) as refunded_so_far
    from refund_cases
    where state = 'refunded' and order_line_key is not null and refunded_at is not null
    group by order_line_key, refunded_at

),

refund_lists as (

    select
        order_line_key,
        list(
            { 'refunded_at': refunded_at, 'refund_amount': refund_amount, 'refunded_so_far': refunded_so_far }
            order by refunded_at
        ) as cases
    from dated_cases
    group by order_line_key

),

order_refunds as (

    select
        order_key,
        arg_max(account_key, (_exported_at, case_key)) as account_key,
        sum(refund_amount) filter (where state = 'refunded' and order_line_key is null) as case_amount,
        max(refunded_at) filter (where state = 'refunded' and order_line_key is null) as refunded_at
    from refund_cases
    where order_key is not null
    group by order_key

),

-- Some exports have no time of payment, but a state or a refund that nobody gets to without paying.
paid as not materialized (

    select
        joined.* exclude (account_key),
        coalesce(joined.account_key, order_refunds.account_key) as known_account_key,
        line_refunds.case_amount,
        line_refunds.has_several_times,
        order_refunds.case_amount as order_case_amount,
        coalesce(line_refunds.refunded_at, order_refunds.refunded_at, joined.refunded_at) as known_refunded_at,
        refund_lists.cases,
        coalesce(
            joined.paid_at,
            case
                when
                    joined.status in ('paid', 'shipped', 'completed', 'refunded')
                    or joined.line_refund_amount > 0
                    or line_refunds.case_amount > 0
                    then joined.ordered_at
            end
        ) as known_paid_at
    from joined
    left join line_refunds on joined.order_line_key = line_refunds.order_line_key
    left join refund_lists on joined.order_line_key = refund_lists.order_line_key
    left join order_refunds on joined.order_key = order_refunds.order_key

),

-- Only orders with several lines share anything: a line alone has the payment and the refund of its order.
shared_orders as (

    select order_key
    from lines
    group by order_key
    having count(*) > 1

),

sharing as (

    select
        paid.order_key,
        paid.order_line_key,
        paid.status,
        (paid.line_amount * 100)::bigint as line_cents,
        (coalesce(paid.unit_price, 0) * 100)::bigint * coalesce(paid.quantity, 1) as list_cents,
        (paid.order_amount * 100)::bigint as order_cents,
        (paid.line_refund_amount * 100)::bigint as line_refund_cents,
        (paid.case_amount * 100)::bigint as line_case_cents,
        (paid.order_refund_amount * 100)::bigint as order_refund_cents,
        (paid.order_case_amount * 100)::bigint as order_case_cents,
        paid._exported_at,
        paid._source_hash
    from paid
    semi join shared_orders on paid.order_key = shared_orders.order_key
    where paid.known_paid_at is not null

),

-- The weight of a line in its order, in cents: its own payment where every line has one, else its list value.
payments as (

    select
        order_key,
        arg_max(order_cents, (_exported_at, _source_hash, order_line_key)) as order_cents,
        arg_max(order_refund_cents, (_exported_at, _source_hash, order_line_key)) as order_refund_cents,
        max(order_case_cents) as order_case_cents,
        max(order_line_key) as last_line_key,
        case
            when count(*) = count(line_cents) and sum(line_cents) > 0 then 'payment'
            when sum(list_cents) > 0 then 'list value'
            else 'line'
        end as shared_by,
        sum(line_cents)::bigint as line_cents,
        sum(list_cents)::bigint as list_cents,
        count(*) as lines
    from sharing
    group by order_key

),

shares as (

    select
        sharing.order_key,
        sharing.order_line_key,
        sharing.status,
        sharing.line_refund_cents,
        sharing.line_case_cents,
        payments.order_refund_cents,
        payments.order_case_cents,
        payments.order_cents,
        payments.last_line_key,
        case
            -- Without the payment of the order the lines have what they say they have.
            when payments.order_cents is null then coalesce(sharing.line_cents, 0)
            when payments.shared_by = 'payment'
                then payments.order_cents::hugeint * sharing.line_cents // payments.line_cents
            when payments.shared_by = 'list value'
                then payments.order_cents::hugeint * sharing.list_cents // payments.list_cents
            else payments.order_cents // payments.lines
        end::bigint as share_cents
    from sharing
    inner join payments on sharing.order_key = payments.order_key

),

-- Cents that do not divide go to the last line, so that the lines sum to the payment.
rests as (

    select
        last_line_key,
        any_value(order_cents) - sum(share_cents)::bigint as rest_cents
    from shares
    group by last_line_key

),

allocated as (

    select
        shares.*,
        shares.share_cents + coalesce(rests.rest_cents, 0) as gross_cents
    from shares
    left join rests on shares.order_line_key = rests.last_line_key

),

-- What is known of a line itself; lines of which nothing is known may share in a refund of the order.
known as (

    select
        *,
        case
            when line_refund_cents > 0 or line_case_cents > 0
                then least(greatest(line_refund_cents, line_case_cents), gross_cents)
            when order_refund_cents > 0 or order_case_cents > 0 then 0
            when status in ('closed', 'refunded') then gross_cents
            else 0
        end as own_refund_cents
    from allocated

),

-- What went back for the order beyond that, cut where the payments end: no line gives back more than it got.
beyond as (

    select
        order_key,
        sum(gross_cents - own_refund_cents)::bigint as room_cents,
        greatest(
            coalesce(any_value(order_refund_cents), 0),
            coalesce(any_value(order_case_cents), 0)
            + sum(least(coalesce(line_case_cents, 0), gross_cents))
        )::bigint - sum(own_refund_cents)::bigint as refund_cents
    from known
    where order_refund_cents > 0 or order_case_cents > 0
    group by order_key
    having sum(gross_cents - own_refund_cents) > 0

),

beyond_so_far as (

    select
        known.order_line_key,
        known.gross_cents - known.own_refund_cents as line_room_cents,
        beyond.room_cents,
        least(beyond.refund_cents, beyond.room_cents) as refund_cents,
        sum(known.gross_cents - known.own_refund_cents) over (
            partition by known.order_key
            order by known.order_line_key
        ) as room_so_far
    from known
    inner join beyond on known.order_key = beyond.order_key
    where beyond.refund_cents > 0

),

beyond_lines as (

    select
        order_line_key,
        (
            refund_cents::hugeint * room_so_far // room_cents
            - refund_cents::hugeint * (room_so_far - line_room_cents) // room_cents
        )::bigint as refund_cents
    from beyond_so_far

),

settled as (

    select
        known.order_line_key,
        known.gross_cents,
        known.own_refund_cents + coalesce(beyond_lines.refund_cents, 0) as refund_cents
    from known
    left join beyond_lines on known.order_line_key = beyond_lines.order_line_key

),

valued as (

    select
        paid.*,
        case
            when paid.known_paid_at is null then 0
            when settled.order_line_key is not null then (settled.gross_cents / 100)::decimal(18, 2)
            else coalesce(paid.order_amount, paid.line_amount, 0)
        end::decimal(18, 2) as gross_amount,
        case
            when settled.order_line_key is not null then (settled.refund_cents / 100)::decimal(18, 2)
            else greatest(paid.line_refund_amount, paid.case_amount, paid.order_refund_amount, paid.order_case_amount)
        end::decimal(18, 2) as known_refund_amount,
        settled.order_line_key is not null as is_settled
    from paid
    left join settled on paid.order_line_key = settled.order_line_key

),

refunded as (

    select
        *,
        case
            when is_settled or known_refund_amount > 0 then least(known_refund_amount, gross_amount)
            when status in ('closed', 'refunded') then gross_amount
            else 0
        end::decimal(18, 2) as refund_amount
    from valued

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
    attributed.known_account_key as account_key,
    attributed.ordered_at,
    attributed.known_paid_at as paid_at,
    {{ local_date('attributed.known_paid_at') }} as paid_date,
    attributed.completed_at,
    case when attributed.refund_amount > 0 then attributed.known_refunded_at end as refunded_at,
    case
        when attributed.has_several_times or attributed.case_amount < attributed.refund_amount
            then {{ refund_list('attributed.cases', 'attributed.refund_amount') }}
    end as dated_refunds,
    attributed.item_id,
    attributed.item_title,
    coalesce(attributed.category, items.category) as category,
    coalesce(attributed.brand, items.brand) as brand,
    coalesce(attributed.quantity, 1) as quantity,
    attributed.gross_amount,
    attributed.refund_amount,
    (attributed.gross_amount - attributed.refund_amount)::decimal(18, 2) as net_amount,
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
