{#- What became of every delivered row. Each number is counted where the rows ended up, never as the rest. -#}
with files as (

    select * from {{ source('raw', 'files') }}

),

order_rows as (

    select * from {{ ref('order_rows') }}

),

orders as (

    select * from {{ ref('orders') }}

),

order_lines as (

    select * from {{ ref('order_lines') }}

),

superseded_rows as (

    select * from {{ ref('superseded_rows') }}

),

superseded_events as (

    select * from {{ ref('superseded_events') }}

),

event_exceptions as (

    select * from {{ ref('event_exceptions') }}

),

quarantine as (

    select * from {{ ref('quarantine') }}

),

bad_rows as (

    select * from {{ ref('bad_rows') }}

),

mended_files as (

    select * from {{ ref('mended_files') }}

),

-- A line must have reached order_lines; the row of a whole order must have reached orders.
staged_orders as (

    select order_rows._source_hash
    from order_rows
    semi join order_lines on order_rows.order_line_key = order_lines.order_line_key
    where not order_rows.is_order_level

    union all

    select order_rows._source_hash
    from order_rows
    semi join orders on order_rows.order_key = orders.order_key
    where order_rows.is_order_level

),

outcomes as (

    select
        _source_hash as source_hash,
        'staged' as outcome,
        count(*) as counted
    from staged_orders
    group by all
    union all
    select
        _source_hash as source_hash,
        'staged' as outcome,
        count(*) as counted
    from {{ ref('events') }}
    group by all
    union all
    select
        _source_hash as source_hash,
        'staged' as outcome,
        count(*) as counted
    from {{ ref('customer_rows') }}
    group by all
    {%- for entity in entities() if entity not in ('orders', 'customers') %}
    union all
    select
        _source_hash as source_hash,
        'staged' as outcome,
        count(*) as counted
    from {{ ref(entity) }}
    -- Some entities also have rows that other exports told by the way.
    where source_export in ({{ staged_export_names(entity) }})
    group by all
    {%- endfor %}
    union all
    select
        _source_hash as source_hash,
        'superseded' as outcome,
        count(*) as counted
    from superseded_rows
    group by all
    union all
    select
        _source_hash as source_hash,
        'superseded' as outcome,
        count(*) as counted
    from superseded_events
    group by all
    union all
    select
        _source_hash as source_hash,
        'not an event' as outcome,
        sum(rows_delivered)::bigint as counted
    from event_exceptions
    where outcome = 'not an event'
    group by all
    union all
    select
        source_hash,
        'quarantined' as outcome,
        count(*) as counted
    from quarantine
    where stage = 'typing'
    group by all
    union all
    select
        bad_rows.source_hash,
        'mended' as outcome,
        count(*) as counted
    from bad_rows
    left join mended_files on bad_rows.source_hash = mended_files.source_hash
    where bad_rows.is_mended or mended_files.source_hash is not null
    group by all
    union all
    -- Rows that were not read wait together, and are mended together.
    select
        files.source_hash,
        case when mended_files.source_hash is null then 'quarantined' else 'mended' end as outcome,
        files.rows_rejected as counted
    from files
    left join mended_files on files.source_hash = mended_files.source_hash

),

by_file as (

    select
        source_hash,
        sum(counted) filter (where outcome = 'staged') as rows_staged,
        sum(counted) filter (where outcome = 'quarantined') as rows_quarantined,
        sum(counted) filter (where outcome = 'superseded') as rows_superseded,
        sum(counted) filter (where outcome = 'mended') as rows_mended,
        sum(counted) filter (where outcome = 'not an event') as rows_not_events
    from outcomes
    group by source_hash

),

counted as (

    select
        files.export as source_export,
        files.source_file,
        files.source_hash,
        files.state,
        coalesce(files.rows_delivered, 0)::bigint as rows_delivered,
        coalesce(by_file.rows_staged, 0)::bigint as rows_staged,
        coalesce(by_file.rows_quarantined, 0)::bigint as rows_quarantined,
        coalesce(by_file.rows_superseded, 0)::bigint as rows_superseded,
        coalesce(by_file.rows_mended, 0)::bigint as rows_mended,
        coalesce(files.rows_dropped, 0)::bigint as rows_dropped_reading,
        coalesce(by_file.rows_not_events, 0)::bigint as rows_not_events,
        -- Contracts without a staging view yet stay in raw, and are counted there.
        case
            when files.state = 'loaded' and files.export not in ({{ staged_export_names() }})
                then coalesce(files.rows_loaded, 0)
            else 0
        end::bigint as rows_kept_in_raw
    from files
    left join by_file on files.source_hash = by_file.source_hash

)

select
    source_export,
    source_file,
    source_hash,
    rows_delivered,
    rows_staged,
    rows_quarantined,
    rows_superseded + rows_mended + rows_dropped_reading + rows_not_events + rows_kept_in_raw as rows_dropped,
    rows_superseded,
    rows_mended,
    rows_dropped_reading,
    rows_not_events,
    rows_kept_in_raw,
    rows_delivered - rows_staged - rows_quarantined
    - rows_superseded - rows_mended - rows_dropped_reading - rows_not_events - rows_kept_in_raw as difference
from counted
