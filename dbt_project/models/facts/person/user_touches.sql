{{ config(tags=['person_grain']) }}

with recursive

touches as (

    select * from {{ ref('touches') }}
    where touch_at < {{ as_of_end_at() }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

people as (

    select one_id from {{ source('identity', 'people') }}

),

-- An id that came back to life and was merged again follows its last merge.
last_merges as (

    select
        one_id,
        max_by(other_one_id, on_date) as other_one_id
    from {{ source('identity', 'history') }}
    where
        event = 'merged'
        and other_one_id is not null
    group by one_id

),

-- An old message may name a person who has since been merged into another, possibly more than once.
successors as (

    select
        one_id as old_one_id,
        other_one_id as one_id,
        1 as merge_count
    from last_merges

    union all

    select
        successors.old_one_id,
        last_merges.other_one_id as one_id,
        successors.merge_count + 1 as merge_count
    from successors
    inner join last_merges
        on successors.one_id = last_merges.one_id
    where successors.merge_count < 50

),

living as (

    select
        one_id as old_one_id,
        one_id
    from people

    union all

    select
        successors.old_one_id,
        min(successors.one_id) as one_id
    from successors
    inner join people
        on successors.one_id = people.one_id
    where successors.old_one_id not in (select alive.one_id from people as alive)
    group by successors.old_one_id

),

-- A value that several people carry is given to the first of them: a touch is never counted twice.
carriers as (

    select
        identifiers.identifier_type,
        identifiers.identifier_hash,
        min(accounts.one_id) as one_id
    from {{ ref('identifiers') }} as identifiers
    inner join accounts
        on identifiers.account_key = accounts.account_key
    where
        identifiers.is_usable
        and identifiers.identifier_hash in (select touches.identifier_hash from touches)
    group by
        identifiers.identifier_type,
        identifiers.identifier_hash

),

final as (

    select
        touches.touch_key,
        coalesce(accounts.one_id, carriers.one_id, living.one_id) as one_id,
        coalesce(touches.account_key, touches.identifier_hash, touches.one_id) as subject_key,
        touches.campaign,
        coalesce(touches.audience, 'none') as audience,
        coalesce(touches.variant, 'treatment') as variant,
        coalesce(touches.channel, 'other') as channel,
        touches.touch_at,
        touches.status,
        cast(coalesce(touches.cost, 0) as decimal(18, 2)) as cost,
        case when touches.opened_at < {{ as_of_end_at() }} then touches.opened_at end as opened_at,
        case when touches.clicked_at < {{ as_of_end_at() }} then touches.clicked_at end as clicked_at
    from touches
    left join accounts
        on touches.account_key = accounts.account_key
    left join carriers
        on
            touches.identifier_type = carriers.identifier_type
            and touches.identifier_hash = carriers.identifier_hash
    left join living
        on touches.one_id = living.old_one_id

)

select * from final
