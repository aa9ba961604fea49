{{ config(tags=['person_grain']) }}

with

orders as (

    select * from {{ ref('orders') }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

-- The date RFM is compared with.
compared as (

    select
        {{ compared_as_of() }} as last_date,
        {{ compared_end_at() }} as end_at

),

-- A refund whose day is unknown is taken off from the beginning: net sales are never too high.
lines as (

    select
        order_lines.order_key,
        order_lines.paid_at,
        order_lines.paid_date,
        order_lines.category,
        order_lines.quantity,
        order_lines.gross_amount,
        {{ refund_as_of('order_lines') }} as refund_amount,
        {{ refund_as_of('order_lines', local_to_utc('cast(' ~ as_of() ~ ' as timestamp)')) }} as previous_refund_amount,
        {{ refund_as_of('order_lines', 'compared.end_at') }} as compared_refund_amount,
        order_lines.paid_date <= compared.last_date as is_compared
    from {{ ref('order_lines') }} as order_lines
    cross join compared
    where order_lines.paid_at < {{ as_of_end_at() }}

),

summed as (

    select
        order_key,
        min(paid_at) as paid_at,
        min(paid_date) as order_date,
        sum(case when gross_amount > refund_amount then quantity else 0 end) as units,
        sum(gross_amount) as gross_amount,
        sum(refund_amount) as refund_amount,
        sum(
            case when paid_date < {{ as_of() }} then gross_amount - previous_refund_amount else 0 end
        ) as previous_net_amount,
        sum(
            case when is_compared then gross_amount - compared_refund_amount else 0 end
        ) as compared_net_amount
    from lines
    group by order_key

),

categories as (

    select
        order_key,
        category,
        row_number() over (
            partition by order_key
            order by sum(gross_amount - refund_amount) desc, category asc
        ) as category_rank
    from lines
    where category is not null
    group by order_key, category

),

final as (

    select
        summed.order_key,
        accounts.one_id,
        orders.platform,
        orders.channel,
        orders.province,
        orders.city,
        summed.paid_at,
        summed.order_date,
        cast(summed.units as bigint) as units,
        cast(summed.gross_amount as decimal(18, 2)) as gross_amount,
        cast(summed.refund_amount as decimal(18, 2)) as refund_amount,
        cast(summed.gross_amount - summed.refund_amount as decimal(18, 2)) as net_amount,
        cast(summed.previous_net_amount as decimal(18, 2)) as previous_net_amount,
        cast(summed.compared_net_amount as decimal(18, 2)) as compared_net_amount,
        categories.category as top_category
    from summed
    inner join orders
        on summed.order_key = orders.order_key
    left join accounts
        on orders.account_key = accounts.account_key
    left join categories
        on
            summed.order_key = categories.order_key
            and categories.category_rank = 1

)

select * from final
