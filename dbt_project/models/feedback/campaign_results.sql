{{ config(tags=['person_grain']) }}

with

touches as (

    select
        campaign,
        audience,
        channel,
        one_id,
        touch_at,
        variant = 'holdout' as is_holdout,
        variant <> 'holdout' and status not in ('planned', 'failed') as is_sent,
        opened_at is not null or status in ('opened', 'clicked') as is_opened,
        clicked_at is not null or status = 'clicked' as is_clicked
    from {{ ref('user_touches') }}

),

treated as (

    select
        campaign,
        audience,
        channel,
        one_id,
        min(touch_at) as from_at,
        bool_or(is_opened or is_clicked) as is_opened,
        bool_or(is_clicked) as is_clicked
    from touches
    where
        is_sent
        and one_id is not null
    group by
        campaign,
        audience,
        channel,
        one_id

),

-- Someone who was held out and reached all the same has seen the message: treated, whatever the plan said.
held_out as (

    select
        touches.campaign,
        touches.audience,
        touches.channel,
        touches.one_id,
        min(touches.touch_at) as from_at
    from touches
    where
        touches.is_holdout
        and touches.one_id is not null
        and not exists (
            select 1
            from treated
            where
                treated.campaign = touches.campaign
                and treated.audience = touches.audience
                and treated.one_id = touches.one_id
        )
    group by
        touches.campaign,
        touches.audience,
        touches.channel,
        touches.one_id

),

arms as (

    select
        campaign,
        audience,
        channel,
        one_id,
        from_at,
        from_at + cast({{ parameter('contact_plan.campaign_window_days') }} as integer) * interval '1 day' as to_at,
        false as is_holdout,
        is_opened,
        is_clicked
    from treated

    union all

    select
        campaign,
        audience,
        channel,
        one_id,
        from_at,
        from_at + cast({{ parameter('contact_plan.campaign_window_days') }} as integer) * interval '1 day' as to_at,
        true as is_holdout,
        false as is_opened,
        false as is_clicked
    from held_out

),

purchases as (

    select
        arms.campaign,
        arms.audience,
        arms.channel,
        arms.one_id,
        arms.is_holdout,
        user_orders.net_amount,
        user_orders.units,
        {{ local_hour('user_orders.paid_at') }} as hour
    from arms
    inner join {{ ref('user_orders') }} as user_orders
        on
            arms.one_id = user_orders.one_id
            and arms.from_at <= user_orders.paid_at
            and arms.to_at > user_orders.paid_at

),

sales as (

    select
        campaign,
        audience,
        channel,
        count(distinct one_id) filter (where not is_holdout) as bought,
        count(distinct one_id) filter (where is_holdout) as holdout_bought,
        sum(units) filter (where not is_holdout) as units,
        sum(net_amount) filter (where not is_holdout) as net_amount,
        sum(net_amount) filter (where is_holdout) as holdout_net_amount
    from purchases
    group by
        campaign,
        audience,
        channel

),

hours as (

    select
        campaign,
        audience,
        channel,
        hour,
        row_number() over (
            partition by campaign, audience, channel
            order by count(*) desc, hour asc
        ) as hour_rank
    from purchases
    where not is_holdout
    group by
        campaign,
        audience,
        channel,
        hour

),

contacts as (

    select
        accounts.one_id,
        min(contacts.added_at) as added_at
    from {{ ref('contacts') }} as contacts
    inner join {{ ref('user_accounts') }} as accounts
        on contacts.account_key = accounts.account_key
    where contacts.added_at < {{ as_of_end_at() }}
    group by accounts.one_id

),

people as (

    select
        arms.campaign,
        arms.audience,
        arms.channel,
        count(*) filter (where not arms.is_holdout) as reached,
        count(*) filter (where arms.is_holdout) as holdout,
        count(*) filter (where arms.is_opened) as opened,
        count(*) filter (where arms.is_clicked) as clicked,
        count(*) filter (
            where
            not arms.is_holdout
            and contacts.added_at >= arms.from_at
            and contacts.added_at < arms.to_at
        ) as joined
    from arms
    left join contacts
        on arms.one_id = contacts.one_id
    group by
        arms.campaign,
        arms.audience,
        arms.channel

),

campaigns as (

    select
        campaign,
        audience,
        channel,
        min({{ local_date('touch_at') }}) as starts_on,
        max({{ local_date('touch_at') }}) as ends_on,
        count(*) filter (where one_id is null and is_sent) as unresolved_touches
    from touches
    group by
        campaign,
        audience,
        channel

),

costs as (

    select
        campaign,
        audience,
        channel,
        sum(cost) as cost
    from {{ ref('campaign_costs') }}
    group by
        campaign,
        audience,
        channel

),

joined as (

    select
        campaigns.campaign,
        campaigns.audience,
        campaigns.channel,
        campaigns.starts_on,
        campaigns.ends_on,
        campaigns.unresolved_touches,
        coalesce(people.reached, 0) as reached,
        coalesce(people.holdout, 0) as holdout,
        coalesce(people.opened, 0) as opened,
        coalesce(people.clicked, 0) as clicked,
        coalesce(people.joined, 0) as joined,
        coalesce(sales.bought, 0) as bought,
        coalesce(sales.holdout_bought, 0) as holdout_bought,
        coalesce(sales.units, 0) as units,
        coalesce(sales.net_amount, 0) as net_amount,
        coalesce(sales.holdout_net_amount, 0) as holdout_net_amount,
        coalesce(costs.cost, 0) as cost,
        hours.hour as peak_hour,
        campaigns.ends_on + cast({{ parameter('contact_plan.campaign_window_days') }} as integer) <= {{ as_of() }}
            as is_complete
    from campaigns
    left join people
        on
            campaigns.campaign = people.campaign
            and campaigns.audience = people.audience
            and campaigns.channel = people.channel
    left join sales
        on
            campaigns.campaign = sales.campaign
            and campaigns.audience = sales.audience
            and campaigns.channel = sales.channel
    left join hours
        on
            campaigns.campaign = hours.campaign
            and campaigns.audience = hours.audience
            and campaigns.channel = hours.channel
            and hours.hour_rank = 1
    left join costs
        on
            campaigns.campaign = costs.campaign
            and campaigns.audience = costs.audience
            and campaigns.channel = costs.channel

),

rates as (

    select
        *,
        cast(bought as double) / nullif(reached, 0) as conversion_rate,
        cast(holdout_bought as double) / nullif(holdout, 0) as holdout_conversion_rate,
        case when reached > 0 then {{ wilson_bound('bought', 'reached', '-') }} end as rate_low,
        case when reached > 0 then {{ wilson_bound('bought', 'reached', '+') }} end as rate_high,
        case when holdout > 0 then {{ wilson_bound('holdout_bought', 'holdout', '-') }} end as holdout_rate_low,
        case when holdout > 0 then {{ wilson_bound('holdout_bought', 'holdout', '+') }} end as holdout_rate_high
    from joined

),

-- Newcombe (1998), method 10: the difference of two proportions from their Wilson intervals. It stays
-- inside -1 to 1 and keeps its coverage with few buyers, where the usual normal interval does not.
final as (

    select
        campaign,
        audience,
        channel,
        starts_on,
        ends_on,
        reached,
        holdout,
        opened,
        clicked,
        joined,
        bought,
        holdout_bought,
        cast(units as bigint) as units,
        cast(net_amount as decimal(18, 2)) as net_amount,
        cast(cost as decimal(18, 2)) as cost,
        cast(peak_hour as integer) as peak_hour,
        conversion_rate,
        holdout_conversion_rate,
        conversion_rate - holdout_conversion_rate as lift,
        conversion_rate - holdout_conversion_rate - sqrt(
            power(conversion_rate - rate_low, 2) + power(holdout_rate_high - holdout_conversion_rate, 2)
        ) as lift_low,
        conversion_rate - holdout_conversion_rate + sqrt(
            power(rate_high - conversion_rate, 2) + power(holdout_conversion_rate - holdout_rate_low, 2)
        ) as lift_high,
        case
            when holdout > 0 and reached > 0
                then cast(net_amount - holdout_net_amount / cast(holdout as double) * reached as decimal(18, 2))
        end as incremental_net_amount,
        unresolved_touches,
        is_complete
    from rates

)

select * from final
