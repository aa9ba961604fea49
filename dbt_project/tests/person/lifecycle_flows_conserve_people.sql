{{ config(tags=['person_grain']) }}

with

-- Three ways to count the same people: into each stage, out of each stage, and those first known today.
counted as (

    select
        'into ' || to_stage as what,
        people,
        0 as expected
    from {{ ref('lifecycle_flows') }}

    union all

    select
        'into ' || lifecycle_stage as what,
        0 as people,
        1 as expected
    from {{ ref('lifecycle') }}

    union all

    select
        'from ' || case from_stage when 'not_known' then 'not_known' else 'known' end as what,
        people,
        0 as expected
    from {{ ref('lifecycle_flows') }}

    union all

    select
        'from ' || case
            when first_seen_at >= {{ local_to_utc('cast(' ~ as_of() ~ ' as timestamp)') }} then 'not_known'
            else 'known'
        end as what,
        0 as people,
        1 as expected
    from {{ ref('user_facts') }}

)

select
    what,
    sum(people) as people,
    sum(expected) as expected
from counted
group by what
having sum(people) <> sum(expected)
