with
{%- for entity in entities() %}

{{ entity }} as (

    select
        source_export,
        _source_file,
        _source_hash,
        _row_number,
        _bad_column,
        _bad_value,
        _bad_reason
    from {{ ref('delivered_' ~ entity) }}
    where _bad_column is not null

),
{%- endfor %}

event_exceptions as (

    select * from {{ ref('event_exceptions') }}

),

order_rows as (

    select * from {{ ref('order_rows') }}

),

order_lines as (

    select * from {{ ref('order_lines') }}

),

files as (

    select * from {{ source('raw', 'files') }}

),

rejects as (

    select * from {{ source('raw', 'rejects') }}

),

-- Lines of an order that no file has told the time of yet.
waiting as (

    select
        order_rows.source_export,
        files.source_file as _source_file,
        order_rows._source_hash,
        order_rows._row_number,
        'order_id' as _bad_column,
        order_rows.item_title as _bad_value,
        'order not delivered' as _bad_reason
    from order_rows
    inner join files on order_rows._source_hash = files.source_hash
    anti join order_lines on order_rows.order_key = order_lines.order_key

),

untyped as (

    {%- for entity in entities() | list + ['waiting'] %}
    {% if not loop.first %}union all{% endif %}
    select * from {{ entity }}
    {%- endfor %}

)

select
    source_export,
    _source_file as source_file,
    _source_hash as source_hash,
    _row_number as row_number,
    _bad_column as column_name,
    {{ without_personal_data('_bad_value') }} as value,
    _bad_reason as reason,
    {{ mend('_bad_reason') }} as mend,
    'typing' as stage
from untyped

union all

select
    source_export,
    _source_file as source_file,
    _source_hash as source_hash,
    _row_number as row_number,
    column_name,
    value,
    reason,
    {{ mend('reason') }} as mend,
    'typing' as stage
from event_exceptions
where outcome = 'quarantined'

union all

select
    export as source_export,
    source_file,
    source_hash,
    row_number,
    column_name,
    {{ without_personal_data('value') }} as value,
    reason,
    mend,
    'reading' as stage
from rejects
