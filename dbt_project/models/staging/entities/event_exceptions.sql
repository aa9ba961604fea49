{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key='_source_hash', on_schema_change='fail'
) }}
{#- Quarantined events row by row; records that are no events only as a number per file. -#}
with delivered as (

    select
        source_export,
        _source_file,
        _source_hash,
        case when _bad_column is null then 'not an event' else 'quarantined' end as outcome,
        case when _bad_column is not null then _row_number end as _row_number,
        case when _bad_column is not null then event_key end as event_key,
        _exported_at,
        _bad_column as column_name,
        _bad_value as value,
        _bad_reason as reason
    from {{ ref('delivered_events') }}
    where
        (_bad_column is not null or not is_event)
        {%- if is_incremental() %}
        and _source_hash in {{ new_files() }}
        {%- endif %}

)

select
    source_export,
    _source_file,
    _source_hash,
    outcome,
    _row_number,
    event_key,
    _exported_at,
    column_name,
    {{ without_personal_data('value') }} as value,
    reason,
    count(*) as rows_delivered
from delivered
group by all
