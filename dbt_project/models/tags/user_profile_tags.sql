{{ config(materialized='view', tags=['person_grain']) }}

with

facts as (

    select
        one_id,
        gender,
        gender_source,
        age_band,
        age_band_source,
        province,
        province_source,
        city,
        member_level
    from {{ ref('user_facts') }}

),

final as (

    select
        one_id,
        'profile.gender' as tag,
        gender as value,
        gender_source as source
    from facts
    where gender is not null

    union all

    select
        one_id,
        'profile.age_band' as tag,
        age_band as value,
        age_band_source as source
    from facts
    where age_band is not null

    union all

    select
        one_id,
        'profile.province' as tag,
        province as value,
        province_source as source
    from facts
    where province is not null

    union all

    select
        one_id,
        'profile.city' as tag,
        city as value,
        province_source as source
    from facts
    where city is not null

    union all

    select
        one_id,
        'profile.member_level' as tag,
        member_level as value,
        'declared' as source
    from facts
    where member_level is not null

    union all

    select
        one_id,
        'profile.' || attribute as tag,
        value,
        'declared' as source
    from {{ ref('user_attributes') }}

)

select * from final
