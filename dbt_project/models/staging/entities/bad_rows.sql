{#- Rows that could not be typed, all that were ever delivered. A row is mended once the same key was delivered
    whole, at the same time or later; of a report, by the same export. -#}
with bad as (

    {%- for entity in entities() %}
    {% if not loop.first %}union all{% endif %}
    select
        '{{ entity }}' as entity,
        source_export,
        _source_file,
        _source_hash,
        _row_number,
        _key,
        _exported_at,
        _bad_column,
        _bad_value,
        _bad_reason
    from {{ ref('delivered_' ~ entity) }}
    where _bad_column is not null
    {%- endfor %}

),

good as (

    {%- for entity in entities() %}
    {% if not loop.first %}union all{% endif %}
    select
        '{{ entity }}' as entity,
        source_export,
        _source_hash,
        _key,
        _exported_at
    from {{ ref('delivered_' ~ entity) }}
    where _bad_column is null
    {%- endfor %}

),

mended as (

    select distinct
        bad._source_hash,
        bad._row_number
    from bad
    inner join good
        on
            bad.entity = good.entity
            and bad._key = good._key
            and bad._exported_at <= good._exported_at
            and bad._source_hash <> good._source_hash
    where
        bad.source_export = good.source_export
        or bad.entity not in ('{{ entities('partition') | join("', '") }}')

),

exceptions as (

    select * from {{ ref('event_exceptions') }}
    where outcome = 'quarantined'

),

mended_events as (

    select distinct
        exceptions._source_hash,
        exceptions._row_number
    from exceptions
    inner join {{ ref('events') }} as good
        on
            exceptions.event_key = good.event_key
            and exceptions._exported_at <= good._exported_at

)

select
    bad.source_export,
    bad._source_file as source_file,
    bad._source_hash as source_hash,
    bad._row_number as row_number,
    bad._bad_column as column_name,
    {{ without_personal_data('bad._bad_value') }} as value,
    bad._bad_reason as reason,
    mended._source_hash is not null as is_mended
from bad
left join mended
    on bad._source_hash = mended._source_hash and bad._row_number = mended._row_number

union all

select
    exceptions.source_export,
    exceptions._source_file as source_file,
    exceptions._source_hash as source_hash,
    exceptions._row_number as row_number,
    exceptions.column_name,
    exceptions.value,
    exceptions.reason,
    mended._source_hash is not null as is_mended
from exceptions
left join mended_events as mended
    on exceptions._source_hash = mended._source_hash and exceptions._row_number = mended._row_number
