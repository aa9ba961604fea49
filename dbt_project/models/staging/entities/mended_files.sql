{#- When nothing of a file waits for a mend any more: the merchant took the file away (or put another content in its
    place), or a newer file of the export with at least as many rows delivered all of its rows again. -#}
with files as (

    select * from {{ source('raw', 'files') }}

),

superseded as (

    select
        _source_hash,
        count(*) as counted
    from (
        select _source_hash from {{ ref('superseded_rows') }}
        union all
        select _source_hash from {{ ref('superseded_events') }}
    )
    group by _source_hash

),

bad as (

    select
        source_hash,
        count(*) as counted
    from {{ ref('bad_rows') }}
    group by source_hash

),

replaced as (

    select files.source_hash
    from files
    inner join superseded on files.source_hash = superseded._source_hash
    left join bad on files.source_hash = bad.source_hash
    where
        files.state = 'loaded'
        and superseded.counted + coalesce(bad.counted, 0) = files.rows_loaded
        and exists (
            select 1
            from files as newer
            where
                newer.export = files.export
                and newer.state = 'loaded'
                and newer.source_hash <> files.source_hash
                and newer.exported_at >= files.exported_at
                and newer.rows_loaded >= files.rows_delivered - files.rows_dropped
        )

)

select
    files.source_hash,
    case when files.is_present then 'delivered again' else 'taken away' end as outcome
from files
left join replaced on files.source_hash = replaced.source_hash
where not files.is_present or replaced.source_hash is not null
