{{ config(tags=['person_grain']) }}

with

lifecycle as (

    select * from {{ ref('lifecycle') }}

),

final as (

    select
        as_of,
        previous_stage as from_stage,
        lifecycle_stage as to_stage,
        count(*) as people
    from lifecycle
    group by
        as_of,
        previous_stage,
        lifecycle_stage

)

select * from final
