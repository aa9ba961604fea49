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

final as (

    select
        *,
        'bill' as source
    from bills

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
