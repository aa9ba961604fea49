{#- Ranks only keys and lineage, never whole rows; the few losers are then left out where rows are read. -#}
with
{%- for entity in ['orders', 'customers', 'touches', 'consents', 'referrals', 'corrections'] %}

{{ entity }} as (

    select
        source_export,
        '{{ entity }}' as entity,
        _key,
        _exported_at,
        _source_hash,
        _row_number
    from {{ ref('delivered_' ~ entity) }}
    where _bad_column is null

),
{%- endfor %}

-- Ad reports restate whole partitions: what counts is the file, not the row.
spend as (

    select
        source_export,
        _key,
        _exported_at,
        _source_hash,
        _row_number
    from {{ ref('delivered_spend') }}
    where _bad_column is null

),

spend_ranked as (

    select
        source_export,
        _source_hash,
        _row_number,
        dense_rank() over (
            partition by source_export, _key
            order by _exported_at desc, _source_hash desc
        ) as recency
    from spend

),

keyed as (

    {%- for entity in ['orders', 'customers', 'touches', 'consents', 'referrals', 'corrections'] %}
    {% if not loop.first %}union all{% endif %}
    select * from {{ entity }}
    {%- endfor %}

),

ranked as (

    select
        source_export,
        _source_hash,
        _row_number,
        row_number() over (
            partition by entity, _key
            order by _exported_at desc, _source_hash desc, _row_number desc
        ) as recency
    from keyed

)

select
    source_export,
    _source_hash,
    _row_number
from ranked
where recency > 1

union all

select
    source_export,
    _source_hash,
    _row_number
from spend_ranked
where recency > 1
