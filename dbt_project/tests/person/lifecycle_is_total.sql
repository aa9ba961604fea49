{{ config(tags=['person_grain']) }}

-- Everyone known by the date has a stage, and nobody else has.
select
    people.one_id as known_one_id,
    lifecycle.one_id as staged_one_id
from {{ ref('user_facts') }} as people
full outer join {{ ref('lifecycle') }} as lifecycle
    on people.one_id = lifecycle.one_id
where
    people.one_id is null
    or lifecycle.one_id is null
