{{ config(tags=['person_grain']) }}

with

final as (

    select
        one_id,
        'interest.' || interest as tag,
        cast(cast(weight as decimal(3, 1)) as varchar) as value,
        weight,
        'observed' as source
    from {{ ref('user_interests') }}

    union all

    select
        one_id,
        tag,
        'true' as value,
        cast(1 as double) as weight,
        'derived' as source
    from {{ ref('user_rule_tags') }}

    union all

    select
        one_id,
        tag,
        value,
        weight,
        'derived' as source
    from {{ ref('user_statistic_tags') }}

    union all

    select
        one_id,
        tag,
        value,
        cast(1 as double) as weight,
        source
    from {{ ref('user_profile_tags') }}

)

select
    one_id,
    tag,
    value,
    weight,
    {{ as_of() }} as as_of,
    source
from final
