{#- One tool tells a day's money at several levels: by plan, by item, by account. It counts once, from the finest. -#}
with current_rows as (
    {{ current_rows('spend') }}
),

-- NULL as advertiser is a report without that column: it speaks for all accounts of the tool.
reports as (

    select
        spend_date,
        platform,
        channel,
        tool,
        advertiser,
        report,
        report_rank,
        source_export,
        _source_hash,
        min(currency) as currency,
        max(_exported_at) as exported_at,
        max(also_tells) as also_tells,
        count(*) as report_rows,
        sum(cost) as cost
    from current_rows
    group by
        spend_date,
        platform,
        channel,
        tool,
        advertiser,
        report,
        report_rank,
        source_export,
        _source_hash

),

-- Reports that name accounts and reports that do not cannot be put together: one sort counts on a day.
sorts as (

    select
        spend_date,
        platform,
        tool,
        advertiser is null as is_unnamed,
        row_number() over (
            partition by spend_date, platform, tool
            order by min(report_rank) asc, max(exported_at) desc, advertiser is null asc
        ) as place
    from reports
    group by
        spend_date,
        platform,
        tool,
        advertiser is null

),

ranked as (

    select
        reports.*,
        sorts.place as sort_place,
        row_number() over (
            partition by reports.spend_date, reports.platform, reports.tool, reports.advertiser
            order by reports.report_rank asc, reports.source_export asc
        ) as level_place
    from reports
    inner join sorts
        on
            reports.spend_date = sorts.spend_date
            and reports.platform = sorts.platform
            and reports.tool = sorts.tool
            and (reports.advertiser is null) = sorts.is_unnamed

),

-- Tools that another tool took over and tells as its own.
taken_over as (

    select distinct
        spend_date,
        platform,
        also_tells as tool
    from ranked
    where
        sort_place = 1
        and level_place = 1
        and also_tells is not null

)

select
    ranked.spend_date,
    ranked.platform,
    ranked.channel,
    ranked.tool,
    ranked.advertiser,
    ranked.report,
    ranked.report_rank,
    ranked.source_export,
    ranked._source_hash,
    ranked.currency,
    ranked.exported_at,
    ranked.report_rows,
    ranked.cost::decimal(18, 2) as cost,
    taken_over.tool is null and ranked.sort_place = 1 and ranked.level_place = 1 as is_counted,
    case
        when taken_over.tool is not null then 'told by the tool that took it over'
        when ranked.sort_place > 1 then 'told with other accounts'
        when ranked.level_place > 1 then 'told by a finer report'
    end as not_counted_reason
from ranked
left join taken_over
    on
        ranked.spend_date = taken_over.spend_date
        and ranked.platform = taken_over.platform
        and ranked.tool = taken_over.tool
