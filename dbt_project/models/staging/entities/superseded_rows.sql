{#- Ranks only keys and lineage, never whole rows; the few losers are then left out where rows are read. -#}
-- Rows with a key of their own.
with keyed as (

    {%- for entity in entities('row') %}
    {% if not loop.first %}union all{% endif %}
    {{ lineage_of_good_rows(entity) }}
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

-- Lines whose number was made from the goods give way to the lines of any file that has the platform's own.
numbered_orders as (

    select
        platform,
        order_id
    from {{ ref('delivered_orders') }}
    where _bad_column is null and line_id is not null and not is_made_line

),

made_lines as (

    select
        made._source_hash,
        made._row_number
    from {{ ref('delivered_orders') }} as made
    semi join numbered_orders on made.platform = numbered_orders.platform and made.order_id = numbered_orders.order_id
    where made._bad_column is null and made.is_made_line

),

-- Reports restate whole partitions: what counts is the delivery (a file, or the parts of one export), not the row.
restated as (

    {%- for entity in entities('partition') %}
    {% if not loop.first %}union all{% endif %}
    {{ lineage_of_good_rows(entity) }}
    {%- endfor %}

),

restated_ranked as (

    select
        restated.source_export,
        restated._source_hash,
        restated._row_number,
        dense_rank() over (
            partition by restated.entity, restated.source_export, restated._key
            order by files.delivered_at desc, files.delivery desc
        ) as recency
    from restated
    inner join {{ source('raw', 'files') }} as files
        on restated._source_hash = files.source_hash

)

select
    source_export,
    _source_hash,
    _row_number
from keyed_ranked
where recency > 1

union all

select
    keyed_ranked.source_export,
    keyed_ranked._source_hash,
    keyed_ranked._row_number
from keyed_ranked
semi join made_lines
    on
        keyed_ranked._source_hash = made_lines._source_hash
        and keyed_ranked._row_number = made_lines._row_number
where keyed_ranked.recency = 1

union all

select
    source_export,
    _source_hash,
    _row_number
from restated_ranked
where recency > 1
