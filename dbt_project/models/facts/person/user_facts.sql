{{ config(tags=['person_grain']) }}

with

-- Only customer exports carry what people say of themselves; other places come from orders and events.
declared_places as (

    select distinct account_key
    from {{ ref('customer_rows') }}
    where province is not null

),

-- Where two accounts of a person disagree, the one seen last is believed; the key breaks ties.
accounts as (

    select
        identities.one_id,
        identities.platform,
        accounts.first_seen_at,
        case when accounts.last_seen_at < {{ as_of_end_at() }} then accounts.last_seen_at end as last_seen_at,
        accounts.gender,
        accounts.birth_date,
        accounts.age_band,
        accounts.province,
        accounts.city,
        accounts.member_level,
        declared_places.account_key is not null as is_declared_place,
        row_number() over (
            order by
                case
                    when accounts.last_seen_at < {{ as_of_end_at() }} then accounts.last_seen_at
                    when accounts.last_seen_at is not null then {{ as_of_end_at() }}
                end asc nulls first,
                identities.account_key asc
        ) as freshness
    from {{ ref('user_accounts') }} as identities
    left join {{ ref('accounts') }} as accounts
        on identities.account_key = accounts.account_key
    left join declared_places
        on identities.account_key = declared_places.account_key

),

-- A place is taken whole from one account, one that names the city if there is any.
people as (

    select
        one_id,
        count(*) as accounts,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        max_by(gender, freshness) as gender,
        max_by(birth_date, freshness) as birth_date,
        max_by(age_band, freshness) as age_band,
        max_by(member_level, freshness) as member_level,
        max_by(
            province,
            freshness + case when city is null then 0 else 1000000000000 end
        ) as province,
        nullif(
            max_by(
                case when province is not null then coalesce(city, '') end,
                freshness + case when city is null then 0 else 1000000000000 end
            ),
            ''
        ) as city,
        max_by(
            case when province is not null then is_declared_place end,
            freshness + case when city is null then 0 else 1000000000000 end
        ) as is_declared_place
    from accounts
    group by one_id

),

user_platforms as (

    select distinct
        one_id,
        platform
    from accounts

),

platforms as (

    select
        one_id,
        count(*) as platforms,
        string_agg(platform, ';' order by platform asc) as platform_list
    from user_platforms
    group by one_id

),

money as (

    select
        one_id,
        sum(gross_amount) as gross_amount,
        sum(refund_amount) as refund_amount
    from {{ ref('paid_orders') }}
    where one_id is not null
    group by one_id

),

delivery_places as (

    select
        one_id,
        province,
        city,
        row_number() over (
            partition by one_id
            order by case when city is null then 1 else 0 end asc, paid_at desc, order_key desc
        ) as place_rank
    from {{ ref('paid_orders') }}
    where
        one_id is not null
        and province is not null

),

orders as (

    select
        one_id,
        count(*) as orders,
        sum(units) as units,
        sum(net_amount) as net_amount,
        min(paid_at) as first_order_at,
        max(paid_at) as last_order_at,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from {{ ref('user_orders') }}
    group by one_id

),

activity as (

    select * from {{ ref('user_activity') }}

),

touches as (

    select
        one_id,
        max(touch_at) as last_touch_at
    from {{ ref('user_touches') }}
    where
        one_id is not null
        and variant <> 'holdout'
        and status not in ('planned', 'failed')
    group by one_id

),

contacts as (

    select
        identities.one_id,
        min(contacts.added_at) as added_at
    from {{ ref('contacts') }} as contacts
    inner join {{ ref('user_accounts') }} as identities
        on contacts.account_key = identities.account_key
    where contacts.added_at is null or contacts.added_at < {{ as_of_end_at() }}
    group by identities.one_id

),

referrals as (

    select
        identities.one_id,
        count(distinct referrals.invitee_account_key) as invites
    from {{ ref('referrals') }} as referrals
    inner join {{ ref('user_accounts') }} as identities
        on referrals.inviter_account_key = identities.account_key
    where referrals.invited_at < {{ as_of_end_at() }}
    group by identities.one_id

),

channels as (

    select
        one_id,
        string_agg(channel, ';' order by channel asc) filter (where is_reachable) as reachable_channels,
        string_agg(channel, ';' order by channel asc) filter (where is_opted_out) as opted_out_channels,
        count(*) filter (where is_opted_out and channel in ('wecom', 'sms', 'email')) as opted_out_count
    from {{ ref('user_channels') }}
    group by one_id

),

joined as (

    select
        people.*,
        platforms.platforms,
        platforms.platform_list,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.units, 0) as units,
        coalesce(money.gross_amount, 0) as gross_amount,
        coalesce(money.refund_amount, 0) as refund_amount,
        coalesce(orders.net_amount, 0) as net_amount,
        orders.first_order_at,
        orders.last_order_at,
        orders.first_order_date,
        orders.last_order_date,
        coalesce(activity.visits_30d, 0) as visits_30d,
        coalesce(activity.content_views_30d, 0) as content_views_30d,
        coalesce(activity.carts_30d, 0) as carts_30d,
        coalesce(activity.favorites_30d, 0) as favorites_30d,
        coalesce(activity.searches_30d, 0) as searches_30d,
        activity.last_event_date,
        activity.last_visit_date,
        activity.last_content_date,
        touches.last_touch_at,
        contacts.one_id is not null as is_private_domain,
        contacts.added_at,
        coalesce(referrals.invites, 0) as invites,
        delivery_places.province as delivery_province,
        delivery_places.city as delivery_city,
        coalesce(channels.reachable_channels, '') as reachable_channels,
        coalesce(channels.opted_out_channels, '') as opted_out_channels,
        coalesce(channels.opted_out_count, 0) as opted_out_count,
        case
            when people.birth_date > {{ as_of() }} then null
            -- The birthday of this year is over or not.
            when strftime({{ as_of() }}, '%m%d') >= strftime(people.birth_date, '%m%d')
                then date_part('year', {{ as_of() }}) - date_part('year', people.birth_date)
            else date_part('year', {{ as_of() }}) - date_part('year', people.birth_date) - 1
        end as age
    from people
    inner join platforms on people.one_id = platforms.one_id
    left join orders on people.one_id = orders.one_id
    left join money on people.one_id = money.one_id
    left join activity on people.one_id = activity.one_id
    left join touches on people.one_id = touches.one_id
    left join contacts on people.one_id = contacts.one_id
    left join referrals on people.one_id = referrals.one_id
    left join channels on people.one_id = channels.one_id
    left join delivery_places
        on
            people.one_id = delivery_places.one_id
            and delivery_places.place_rank = 1

),

final as (

    select
        one_id,
        {{ as_of() }} as as_of,
        accounts,
        platforms,
        platform_list,
        first_seen_at,
        -- Events are known by the day only; their day counts from its first instant.
        greatest(
            first_seen_at,
            last_seen_at,
            last_order_at,
            added_at,
            {{ local_to_utc('cast(last_event_date as timestamp)') }}
        ) as last_seen_at,
        first_order_at,
        last_order_at,
        orders,
        cast(units as bigint) as units,
        cast(gross_amount as decimal(18, 2)) as gross_amount,
        cast(refund_amount as decimal(18, 2)) as refund_amount,
        cast(net_amount as decimal(18, 2)) as net_amount,
        case when orders > 0 then cast(round(net_amount / orders, 2) as decimal(18, 2)) end as average_order_amount,
        case
            when orders > 1
                then date_diff('day', first_order_date, last_order_date) / cast(orders - 1 as double)
        end as mean_order_gap_days,
        date_diff('day', last_order_date, {{ as_of() }}) as days_since_last_order,
        date_diff('day', first_order_date, {{ as_of() }}) as days_since_first_order,
        visits_30d,
        content_views_30d,
        carts_30d,
        favorites_30d,
        searches_30d,
        last_visit_date,
        last_content_date,
        last_touch_at,
        is_private_domain,
        added_at,
        invites,
        coalesce(province, delivery_province) as province,
        case when province is not null then city else delivery_city end as city,
        case
            when is_declared_place then 'declared'
            when province is not null then 'derived'
            when delivery_province is not null then 'derived'
        end as province_source,
        gender,
        case when gender is not null then 'declared' end as gender_source,
        birth_date,
        case
            when age_band is not null then age_band
            when age between 0 and 17 then '0-17'
            when age between 18 and 24 then '18-24'
            when age between 25 and 29 then '25-29'
            when age between 30 and 34 then '30-34'
            when age between 35 and 39 then '35-39'
            when age between 40 and 49 then '40-49'
            when age between 50 and 59 then '50-59'
            when age >= 60 then '60+'
        end as age_band,
        case
            when age_band is not null then 'declared'
            when age >= 0 then 'derived'
        end as age_band_source,
        member_level,
        reachable_channels,
        opted_out_channels,
        opted_out_count = 3 as is_opted_out_all
    from joined

)

select * from final
