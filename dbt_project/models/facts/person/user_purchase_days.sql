{{ config(materialized='view', tags=['person_grain']) }}

with

order_lines as (

    select
        order_lines.account_key,
        order_lines.paid_date,
        order_lines.category,
        order_lines.brand,
        order_lines.channel,
        order_lines.gross_amount - {{ refund_as_of('order_lines') }} as net_amount
    from {{ ref('order_lines') }} as order_lines
    where order_lines.paid_at < {{ as_of_end_at() }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

final as (

    select
        accounts.one_id,
        order_lines.paid_date as event_date,
        order_lines.category,
        order_lines.brand,
        order_lines.channel,
        count(*) as line_count,
        cast(sum(order_lines.net_amount) as decimal(18, 2)) as net_amount
    from order_lines
    inner join accounts
        on order_lines.account_key = accounts.account_key
    where order_lines.net_amount > 0
    group by
        accounts.one_id,
        order_lines.paid_date,
        order_lines.category,
        order_lines.brand,
        order_lines.channel

)

select * from final
