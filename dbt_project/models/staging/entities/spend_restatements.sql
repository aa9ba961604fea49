{#- Each delivery of a day of a report beside the one before it: what the newer one changed, and what it left out. -#}
with delivered as (

    select * from {{ ref('delivered_spend') }}
    where _bad_column is null

),

deliveries as (

    select
        source_export,
        _key,
        spend_date,
        platform,
        tool,
        report,
        advertiser,
        _source_hash,
        max(_exported_at) as exported_at,
        any_value(_source_file) as source_file,
        count(*) as report_rows,
        sum(cost) as cost,
        list(distinct campaign) filter (where campaign is not null) as campaigns
    from delivered
    group by
        source_export,
        _key,
        spend_date,
        platform,
        tool,
        report,
        advertiser,
        _source_hash

),

paired as (

    select
        *,
        lag(_source_hash) over newest as hash_before,
        lag(source_file) over newest as file_before,
        lag(exported_at) over newest as exported_before,
        lag(report_rows) over newest as rows_before,
        lag(cost) over newest as cost_before,
        lag(campaigns) over newest as campaigns_before,
        lead(_source_hash) over newest is null as is_current
    from deliveries
    window newest as (partition by source_export, _key order by exported_at asc, _source_hash asc)

)

select
    source_export,
    spend_date,
    platform,
    tool,
    report,
    advertiser,
    hash_before as source_hash_before,
    file_before as source_file_before,
    exported_before as exported_at_before,
    _source_hash as source_hash,
    source_file,
    exported_at,
    rows_before,
    report_rows as rows_after,
    cost_before::decimal(18, 2) as cost_before,
    cost::decimal(18, 2) as cost_after,
    coalesce(len(campaigns_before), 0) as campaigns_before,
    coalesce(len(campaigns), 0) as campaigns_after,
    coalesce(
        len(campaigns_before) - len(list_intersect(campaigns_before, coalesce(campaigns, []))), 0
    ) as campaigns_gone,
    is_current
from paired
where hash_before is not null
