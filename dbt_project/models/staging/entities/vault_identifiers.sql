{{ config(database='vault', schema='main', alias='identifiers', materialized='table') }}
{#- The one table of the warehouse with readable identifiers, in a file of its own. -#}
with orders as (

    select * from {{ ref('current_orders') }}

),

customers as (
    {{ current_rows('customers') }}
),

touches as (
    {{ current_rows('touches') }}
),

consents as (
    {{ current_rows('consents') }}
),

event_identities as (

    select * from {{ ref('event_identities') }}

),

of_orders as (

    select
        orders.platform,
        orders.account_id,
        types.identifier_type,
        case types.identifier_type
            when 'phone' then orders.phone
            when 'email' then orders.email
            when 'buyer_name' then orders.buyer_name
            when 'alipay' then orders.alipay
        end as value,
        orders.ordered_at as first_seen_at,
        orders.ordered_at as last_seen_at
    from orders
    cross join (values ('phone'), ('email'), ('buyer_name'), ('alipay')) as types (identifier_type)
    where orders.account_id is not null

),

of_customers as (

    select
        customers.platform,
        customers.account_id,
        case when types.identifier_type = 'second_phone' then 'phone' else types.identifier_type end as identifier_type,
        case types.identifier_type
            when 'phone' then customers.phone
            when 'second_phone' then customers.second_phone
            when 'email' then customers.email
            when 'unionid' then customers.unionid
            when 'openid' then customers.openid
            when 'external_userid' then customers.external_userid
            when 'device_id' then customers.device_id
        end as value,
        customers.seen_at as first_seen_at,
        customers.seen_at as last_seen_at
    from customers
    cross join (
        values ('phone'), ('second_phone'), ('email'), ('unionid'), ('openid'), ('external_userid'), ('device_id')
    ) as types (identifier_type)

),

of_identities as (

    select
        platform,
        account_id,
        identifier_type,
        identifier_value as value,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from customers
    where identifier_type is not null

),

of_events as (

    select
        event_identities.platform,
        event_identities.account_id,
        case types.identifier_type
            when 'login_id' then {{ login_type('event_identities.login_id') }}
            else types.identifier_type
        end as identifier_type,
        case types.identifier_type
            when 'login_id' then event_identities.login_id
            when 'anonymous_id' then event_identities.anonymous_id
            when 'unionid' then event_identities.unionid
            when 'device_id' then event_identities.device_id
            when 'phone' then event_identities.phone
            when 'email' then event_identities.email
        end as value,
        event_identities.first_seen_at,
        event_identities.last_seen_at
    from event_identities
    cross join (
        values ('login_id'), ('anonymous_id'), ('unionid'), ('device_id'), ('phone'), ('email')
    ) as types (identifier_type)

),

of_messages as (

    select
        platform,
        account_id,
        phone,
        email,
        touch_at as seen_at
    from touches
    union all
    select
        platform,
        account_id,
        phone,
        email,
        stated_at as seen_at
    from consents

),

statements as (

    select * from of_orders
    union all
    select * from of_customers
    union all
    select * from of_identities
    union all
    select * from of_events
    union all
    select
        platform,
        account_id,
        'phone' as identifier_type,
        phone as value,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from of_messages
    union all
    select
        platform,
        account_id,
        'email' as identifier_type,
        email as value,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from of_messages

),

-- One row per spelling: the same one is cleaned once, however many orders tell it.
spelled as (

    select
        platform,
        account_id,
        identifier_type,
        value,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from statements
    where value is not null and account_id is not null and platform is not null
    group by all

),

cleaned as (

    select
        *,
        {{ clean_identifier('identifier_type', 'value') }} as identifier_value
    from spelled

),

judged as (

    select
        *,
        {{ reject_reason('identifier_type', 'identifier_value') }} as reject_reason
    from cleaned

),

{{ digest_owners('judged', 'judged') }},

-- A hash whose clear value is known is that value.
met as (

    select
        judged.platform,
        judged.account_id,
        judged.identifier_type,
        coalesce(owners.identifier_value, judged.identifier_value) as identifier_value,
        min(case when owners.digest is null then judged.reject_reason else owners.reject_reason end) as reject_reason,
        min({{ scheme_of('judged.identifier_value', 'owners.digest') }}) as scheme,
        min(judged.first_seen_at) as first_seen_at,
        max(judged.last_seen_at) as last_seen_at
    from judged
    left join owners
        on judged.identifier_type = owners.identifier_type and judged.identifier_value = owners.digest
    group by all

)

select
    {{ account_key('platform', 'account_id') }} as account_key,
    platform,
    identifier_type,
    {{ identifier_hash('identifier_type', 'identifier_value', 'platform') }} as identifier_hash,
    identifier_value,
    scheme,
    reject_reason is null as is_usable,
    reject_reason,
    first_seen_at,
    last_seen_at
from met
