{{ config(tags=['person_grain']) }}

with

identities as (

    select * from {{ source('identity', 'accounts') }}

),

accounts as (

    select
        account_key,
        first_seen_at
    from {{ ref('accounts') }}

),

-- The identity map knows everything that was ever delivered; a run knows the accounts seen by its date.
final as (

    select
        identities.account_key,
        identities.one_id,
        identities.platform
    from identities
    left join accounts
        on identities.account_key = accounts.account_key
    where
        accounts.first_seen_at is null
        or accounts.first_seen_at < {{ as_of_end_at() }}

)

select * from final
