{{ config(tags=['person_grain']) }}

with

channels as (

    select channel from {{ ref('channels') }}

),

user_orders as (

    select * from {{ ref('user_orders') }}

),

newcomers as (

    select
        user_orders.one_id,
        user_orders.order_date as day,
        coalesce(channels.channel, 'other') as channel
    from user_orders
    left join channels
        on user_orders.channel = channels.channel
    where user_orders.order_number = 1

),

aged_orders as (

    select
        newcomers.one_id,
        user_orders.net_amount,
        date_diff('day', newcomers.day, user_orders.order_date) as age_days
    from newcomers
    inner join user_orders
        on newcomers.one_id = user_orders.one_id

),

sales as (

    select
        one_id,
        count(*) as orders,
        sum(case when age_days < 7 then net_amount else 0 end) as net_amount_7d,
        sum(case when age_days < 30 then net_amount else 0 end) as net_amount_30d,
        sum(case when age_days < 90 then net_amount else 0 end) as net_amount_90d,
        sum(net_amount) as net_amount
    from aged_orders
    group by one_id

),

invites as (

    select
        accounts.one_id,
        count(distinct referrals.invitee_account_key) as invites,
        count(distinct referrals.invitee_account_key) filter (
            where referrals.accepted_at < {{ as_of_end_at() }}
        ) as accepted_invites
    from {{ ref('referrals') }} as referrals
    inner join {{ ref('user_accounts') }} as accounts
        on referrals.inviter_account_key = accounts.account_key
    where referrals.invited_at < {{ as_of_end_at() }}
    group by accounts.one_id

),

final as (

    select
        newcomers.day,
        newcomers.channel,
        count(*) as new_customers,
        count(*) filter (where sales.orders > 1) as repeat_customers,
        cast(sum(sales.net_amount_7d) as decimal(18, 2)) as net_amount_7d,
        cast(sum(sales.net_amount_30d) as decimal(18, 2)) as net_amount_30d,
        cast(sum(sales.net_amount_90d) as decimal(18, 2)) as net_amount_90d,
        cast(sum(sales.net_amount) as decimal(18, 2)) as net_amount,
        cast(coalesce(sum(invites.invites), 0) as bigint) as invites,
        cast(coalesce(sum(invites.accepted_invites), 0) as bigint) as accepted_invites
    from newcomers
    inner join sales
        on newcomers.one_id = sales.one_id
    left join invites
        on newcomers.one_id = invites.one_id
    group by
        newcomers.day,
        newcomers.channel

)

select * from final
