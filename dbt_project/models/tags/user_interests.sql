{{ config(materialized='view', tags=['person_grain']) }}

with

behaviour as (

    select
        account_key,
        event_date,
        interest,
        weight
    from {{ ref('account_interest_days') }}
    where event_date <= {{ as_of() }}

    union all

    select
        account_key,
        event_date,
        interest,
        weight
    from {{ ref('account_purchase_interest_days') }}
    where event_date <= {{ as_of() }}

),

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

-- The decay is looked up once per day of the history, not once per row of it.
days as (

    select event_date from {{ ref('account_interest_days') }}
    union
    select event_date from {{ ref('account_purchase_interest_days') }}

),

aged_days as (

    select
        days.event_date,
        date_diff('day', days.event_date, {{ as_of() }}) as age_days,
        decay.weight as decay_weight
    from days
    inner join {{ source('config', 'decay') }} as decay
        on
            date_diff('day', days.event_date, {{ as_of() }}) >= decay.from_days
            and date_diff('day', days.event_date, {{ as_of() }}) < decay.to_days

),

half_lives as (

    select
        interest,
        days
    from {{ source('config', 'half_lives') }}

),

-- Decimals, because their sum does not depend on the order in which threads add them; eleven places, so that
-- 400 days are added up within 1e-9. What a day can weigh is bounded: a robot's day must not stop the run.
user_evidence as (

    select
        accounts.one_id,
        behaviour.interest,
        sum(cast(greatest(-9e6, least(9e6, behaviour.weight * case
            when half_lives.days is null then aged_days.decay_weight
            else power(0.5, aged_days.age_days / half_lives.days)
        end)) as decimal(18, 11))) as evidence
    from behaviour
    inner join accounts
        on behaviour.account_key = accounts.account_key
    inner join aged_days
        on behaviour.event_date = aged_days.event_date
    left join half_lives
        on behaviour.interest = half_lives.interest
    group by
        accounts.one_id,
        behaviour.interest

),

final as (

    select
        one_id,
        interest,
        cast(evidence as double) as evidence,
        10 * (2 / (1 + exp(-cast(evidence as double) / {{ parameter('interest.squash_k') }})) - 1) as weight
    from user_evidence
    where evidence > 0

)

select * from final
where weight >= {{ parameter('interest.minimum_weight') }}
