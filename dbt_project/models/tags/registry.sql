{{ config(tags=['person_grain']) }}

with

carried as (

    select
        tag,
        count(*) as people
    from {{ ref('user_tags') }}
    group by tag

),

people as (

    select count(*) as people from {{ ref('user_facts') }}

),

definitions as (

    select * from {{ source('config', 'tag_registry') }}

),

-- A family ("interest.*") describes each of its tags that has no words of its own.
families as (

    select * from definitions
    where tag like '%.*'

),

tags as (

    select tag from carried
    union
    select tag from definitions
    where tag not like '%.*'

),

final as (

    select
        tags.tag,
        coalesce(definitions.type, families.type) as type,
        coalesce(definitions.description, families.description) as description,
        coalesce(definitions.owner, families.owner) as owner,
        coalesce(definitions.purpose, families.purpose) as purpose,
        coalesce(definitions."window", families."window") as "window",
        coalesce(definitions.refresh, families.refresh) as refresh,
        coalesce(definitions.expiry, families.expiry) as expiry,
        coalesce(definitions.privacy, families.privacy) as privacy,
        coalesce(carried.people, 0) / cast(nullif(people.people, 0) as double) as coverage
    from tags
    cross join people
    left join definitions
        on tags.tag = definitions.tag
    left join families
        on split_part(tags.tag, '.', 1) || '.*' = families.tag
    left join carried
        on tags.tag = carried.tag

)

select * from final
