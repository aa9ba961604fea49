{#- Every account that any export names, also where it is only mentioned. What was declared with the customer
    goes before what orders and events let one guess. -#}
with order_rows as (

    select * from {{ ref('order_rows') }}

),

order_lines as (

    select * from {{ ref('order_lines') }}

),

customer_rows as (

    select * from {{ ref('customer_rows') }}

),

event_identities as (

    select * from {{ ref('event_identities') }}

),

touches as (
    {{ current_rows('touches') }}
),

consents as (
    {{ current_rows('consents') }}
),

referrals as (

    select * from {{ ref('referrals') }}

),

delivered_corrections as (
    {{ current_rows('corrections') }}
),

refund_cases as (

    select * from {{ ref('refund_cases') }}

),

of_orders as (

    select
        account_key,
        any_value(platform) as platform,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at,
        arg_max(province, (ordered_at, order_line_key)) as province,
        arg_max(city, (ordered_at, order_line_key)) filter (where province is not null or city is not null) as city
    from order_lines
    where account_key is not null
    group by account_key

),

of_customers as (

    select
        account_key,
        any_value(platform) as platform,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at,
        min(joined_at) as joined_at,
        arg_max(gender, (_exported_at, _source_hash, _row_number)) as gender,
        arg_max(birth_date, (_exported_at, _source_hash, _row_number)) as birth_date,
        arg_max(age_band, (_exported_at, _source_hash, _row_number)) as age_band,
        arg_max(province, (_exported_at, _source_hash, _row_number)) as province,
        arg_max(city, (_exported_at, _source_hash, _row_number)) as city,
        arg_max(member_level, (_exported_at, _source_hash, _row_number)) as member_level
    from customer_rows
    where account_key is not null
    group by account_key

),

of_events as (

    select
        account_key,
        any_value(platform) as platform,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(province, (last_seen_at, statement_key)) as province,
        arg_max(city, (last_seen_at, statement_key)) as city
    from event_identities
    group by account_key

),

mentioned as (

    select
        platform,
        account_id,
        touch_at as seen_at
    from touches
    union all
    select
        platform,
        account_id,
        stated_at as seen_at
    from consents

),

corrected as (

    select
        platform,
        account_id,
        stated_at
    from delivered_corrections
    union all
    select
        other_platform as platform,
        other_account_id as account_id,
        stated_at
    from delivered_corrections

),

of_mentions as (

    select
        {{ account_key('platform', 'account_id') }} as account_key,
        platform,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from mentioned
    where account_id is not null and platform is not null
    group by platform, account_id

),

of_referrals as (

    select
        inviter_account_key as account_key,
        platform,
        invited_at as first_seen_at,
        invited_at as last_seen_at
    from referrals
    union all
    select
        invitee_account_key as account_key,
        platform,
        invited_at as first_seen_at,
        coalesce(accepted_at, invited_at) as last_seen_at
    from referrals

),

seen as (

    select
        account_key,
        platform,
        first_seen_at,
        last_seen_at
    from of_orders
    union all
    -- Also where the order of a case has not been delivered.
    select
        account_key,
        platform,
        coalesce(applied_at, refunded_at, _exported_at) as first_seen_at,
        coalesce(refunded_at, applied_at, _exported_at) as last_seen_at
    from refund_cases
    where account_key is not null
    union all
    select
        account_key,
        platform,
        first_seen_at,
        last_seen_at
    from of_customers
    union all
    select
        account_key,
        platform,
        first_seen_at,
        last_seen_at
    from of_events
    union all
    select
        account_key,
        platform,
        first_seen_at,
        last_seen_at
    from of_mentions
    union all
    select
        account_key,
        platform,
        first_seen_at,
        last_seen_at
    from of_referrals

),

-- What the merchant states about an account is no sign of life of its owner: it dates only accounts that
-- nothing else names. So a correction and its withdrawal leave every other account as it was.
of_corrections as (

    select
        {{ account_key('platform', 'account_id') }} as account_key,
        platform,
        min(stated_at) as first_seen_at,
        max(stated_at) as last_seen_at
    from corrected
    where account_id is not null and platform is not null
    group by platform, account_id

),

known as (

    select
        account_key,
        any_value(platform) as platform,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from seen
    group by account_key
    union all
    select
        of_corrections.account_key,
        of_corrections.platform,
        of_corrections.first_seen_at,
        of_corrections.last_seen_at
    from of_corrections
    anti join seen on of_corrections.account_key = seen.account_key

)

select
    known.account_key,
    known.platform,
    known.first_seen_at,
    known.last_seen_at,
    of_customers.joined_at,
    of_customers.gender,
    of_customers.birth_date,
    of_customers.age_band,
    coalesce(of_customers.province, of_orders.province, of_events.province) as province,
    coalesce(of_customers.city, of_orders.city, of_events.city) as city,
    of_customers.member_level
from known
left join of_orders on known.account_key = of_orders.account_key
left join of_customers on known.account_key = of_customers.account_key
left join of_events on known.account_key = of_events.account_key
