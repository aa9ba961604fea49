{{ config(tags=['person_grain']) }}

with

bills as (

    select
        spend_date as cost_date,
        coalesce(channel, 'other') as channel,
        coalesce(campaign, 'none') as campaign,
        coalesce(audience, 'none') as audience,
        sum(cost) as cost
    from {{ ref('spend') }}
    where
        is_counted
        and spend_date <= {{ as_of() }}
    group by all

),

touches as (

    select
        {{ local_date('touch_at') }} as cost_date,
        channel,
        campaign,
        audience,
        sum(cost) as cost
    from {{ ref('user_touches') }}
    where
        cost <> 0
        and variant <> 'holdout'
    group by all

),

-- The same money is often in the touch log and on the bill: the bill is believed.
unbilled as (

    select touches.*
    from touches
    where
        not exists (
            select 1
            from bills
            where
                bills.campaign = touches.campaign
                and bills.channel = touches.channel
        )

),

-- Commissions count on the day of the order they were paid for. What came back is known once it came back.
commissions as (

    select
        {{ local_date('attributed_at') }} as cost_date,
        channel,
        coalesce(campaign, 'none') as campaign,
        'none' as audience,
        sum(commission_amount) as cost
    from {{ ref('order_attributions') }}
    where
        commission_amount <> 0
        and attributed_at < {{ as_of_end_at() }}
        and (commission_amount > 0 or settled_at < {{ as_of_end_at() }})
    group by all

),

-- A campaign that names itself on a bill has its commissions there.
unbilled_commissions as (

    select commissions.*
    from commissions
    where
        not exists (
            select 1
            from bills
            where
                bills.campaign = commissions.campaign
                and bills.channel = commissions.channel
                and bills.campaign <> 'none'
        )

),

final as (

    select
        *,
        'bill' as source
    from bills

    union all

    select
        *,
        'commissions' as source
    from unbilled_commissions

    union all

    select
        *,
        'touches' as source
    from unbilled

)

select
    cost_date,
    channel,
    campaign,
    audience,
    cast(cost as decimal(18, 2)) as cost,
    source
from final
