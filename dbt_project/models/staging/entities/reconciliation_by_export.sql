{#- The account of rows and money of each export, summed over its files. -#}
with reconciliation as (

    select * from {{ ref('reconciliation') }}

),

reconciliation_money as (

    select * from {{ ref('reconciliation_money') }}

),

files as (

    select * from {{ source('raw', 'files') }}

),

mended_files as (

    select * from {{ ref('mended_files') }}

),

told as (

    select
        coalesce(source_export, 'unrecognised') as export,
        'rows' as measure,
        source_hash,
        rows_delivered as delivered,
        rows_staged as in_facts,
        rows_quarantined as quarantined,
        rows_mended as mended,
        rows_superseded as superseded,
        0 as repeated,
        0 as unpaid,
        0 as added,
        rows_dropped_reading + rows_not_events + rows_kept_in_raw as dropped,
        difference
    from reconciliation

    union all

    select
        coalesce(source_export, 'no file') as export,
        measure,
        source_hash,
        delivered,
        in_facts,
        quarantined,
        mended,
        superseded,
        repeated,
        unpaid,
        added,
        0 as dropped,
        difference
    from reconciliation_money

),

-- Files of which nothing was taken in, and which nobody has mended.
held as (

    select files.source_hash
    from files
    anti join mended_files on files.source_hash = mended_files.source_hash
    where files.state in ('rejected', 'held')

)

select
    told.export,
    told.measure,
    count(distinct told.source_hash) as files,
    count(distinct held.source_hash) as files_held,
    sum(told.delivered)::decimal(18, 2) as delivered,
    sum(told.in_facts)::decimal(18, 2) as in_facts,
    sum(told.quarantined)::decimal(18, 2) as quarantined,
    sum(told.mended)::decimal(18, 2) as mended,
    sum(told.superseded)::decimal(18, 2) as superseded,
    sum(told.repeated)::decimal(18, 2) as repeated,
    sum(told.unpaid)::decimal(18, 2) as unpaid,
    sum(told.added)::decimal(18, 2) as added,
    sum(told.dropped)::decimal(18, 2) as dropped,
    sum(told.difference)::decimal(18, 2) as difference
from told
left join held on told.source_hash = held.source_hash
group by
    told.export,
    told.measure
