{#- Ranks only keys and lineage, never whole rows; the few losers are then left out where rows are read. -#}
with
{%- for entity in entities() %}

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

-- Rows with a key of their own.
keyed as (

    {%- for entity in entities('row') %}
    {% if not loop.first %}union all{% endif %}
    select * from {{ entity }}
    {%- endfor %}

),

keyed_ranked as (

    select
        source_export,
        _source_hash,
        _row_number,
        row_number() over (
            partition by entity, _key
            order by _exported_at desc, _source_hash desc, _row_number desc
        ) as recency
    from keyed

),

-- Reports restate whole partitions: what counts is the file, not the row.
restated as (

    {%- for entity in entities('partition') %}
    {% if not loop.first %}union all{% endif %}
    select * from {{ entity }}
    {%- endfor %}

),

restated_ranked as (

    select
        source_export,
        _source_hash,
        _row_number,
        dense_rank() over (
            partition by entity, source_export, _key
            order by _exported_at desc, _source_hash desc
        ) as recency
    from restated

)

select
    source_export,
    _source_hash,
    _row_number
from keyed_ranked
where recency > 1

union all

select
    source_export,
    _source_hash,
    _row_number
from restated_ranked
where recency > 1
