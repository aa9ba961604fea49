{#- What was unusual about the files that lie in the landing folder, and which of them could not be used. -#}
with findings as (

    select * from {{ source('raw', 'findings') }}

),

rejects as (

    select * from {{ source('raw', 'rejects') }}
    where row_number is null

),

files as (

    select * from {{ source('raw', 'files') }}

),

mended_files as (

    select * from {{ ref('mended_files') }}

),

said as (

    select
        source_hash,
        finding,
        subject,
        observed,
        expected,
        mend,
        is_blocking
    from findings

    union all

    -- Files that were not read at all; those held back for a finding are told above.
    select
        source_hash,
        reason as finding,
        column_name as subject,
        value as observed,
        null as expected,
        mend,
        true as is_blocking
    from rejects
    where reason <> 'changed_unit'

)

select
    row_number() over (
        order by
            said.is_blocking desc,
            files.exported_at desc,
            files.source_file asc,
            said.source_hash asc,
            said.finding asc,
            said.subject asc,
            said.observed asc
    ) as finding_number,
    coalesce(files.export, 'unrecognised') as export,
    files.contract_version,
    {{ without_names(without_phones('files.source_file')) }} as source_file,
    said.finding,
    {{ without_names(without_phones('said.subject')) }} as subject,
    {{ without_names(without_phones('said.observed')) }} as observed,
    said.expected,
    said.mend,
    said.is_blocking
from said
inner join files on said.source_hash = files.source_hash
anti join mended_files on said.source_hash = mended_files.source_hash
