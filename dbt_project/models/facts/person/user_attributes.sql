{{ config(tags=['person_grain']) }}

with

-- Where two accounts of a person disagree, the one seen last is believed; the key breaks ties (as in user_facts).
accounts as (

    select
        identities.account_key,
        identities.one_id,
        coalesce(least(accounts.last_seen_at, {{ as_of_end_at() }}), timestamp '0001-01-01') as last_seen_at
    from {{ ref('user_accounts') }} as identities
    left join {{ ref('accounts') }} as accounts
        on identities.account_key = accounts.account_key

),

declared as (

    select * from {{ ref('account_attributes') }}

),

people as (

    select
        accounts.one_id,
        declared.attribute,
        max_by(declared.value, (accounts.last_seen_at, accounts.account_key)) as value
    from declared
    inner join accounts
        on declared.account_key = accounts.account_key
    group by
        accounts.one_id,
        declared.attribute

),

-- What has more values than an attribute is a text, such as a remark: it may say anything, and is not published.
attributes as (

    select attribute
    from people
    group by attribute
    having count(distinct value) <= {{ parameter('prediction.maximum_values') }}

),

final as (

    select
        people.one_id,
        people.attribute,
        people.value
    from people
    semi join attributes
        on people.attribute = attributes.attribute

)

select * from final
