with bad_rows as (

    select * from {{ ref('bad_rows') }}

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

mended_files as (

    select * from {{ ref('mended_files') }}

),

-- Lines of an order that no file has told the time of yet.
waiting as (

    select
        order_rows.source_export,
        files.source_file,
        order_rows._source_hash as source_hash,
        order_rows._row_number as row_number,
        'order_id' as column_name,
        {{ without_personal_data('order_rows.item_title') }} as value,
        'order not delivered' as reason
    from order_rows
    inner join files on order_rows._source_hash = files.source_hash
    anti join order_lines on order_rows.order_key = order_lines.order_key

),

untyped as (

    select
        bad_rows.source_export,
        bad_rows.source_file,
        bad_rows.source_hash,
        bad_rows.row_number,
        bad_rows.column_name,
        bad_rows.value,
        bad_rows.reason
    from bad_rows
    anti join mended_files on bad_rows.source_hash = mended_files.source_hash
    where not bad_rows.is_mended

    union all

    select * from waiting

)

select
    source_export,
    source_file,
    source_hash,
    row_number,
    column_name,
    value,
    reason,
    {{ mend('reason') }} as mend,
    'typing' as stage
from untyped

union all

select
    rejects.export as source_export,
    rejects.source_file,
    rejects.source_hash,
    rejects.row_number,
    rejects.column_name,
    {{ without_personal_data('rejects.value') }} as value,
    rejects.reason,
    rejects.mend,
    'reading' as stage
from rejects
anti join mended_files on rejects.source_hash = mended_files.source_hash
