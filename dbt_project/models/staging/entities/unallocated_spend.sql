{#- The finest report need not hold all the money: shop-wide promotion has no item, live rooms have no plan. What a
    coarser one, or the total row, says beyond it is a line of its own. A telling older than the finer report may
    be out of date and is not asked. -#}
with reports as (

    select * from {{ ref('spend_reports') }}

),

counted as (

    select * from reports
    where is_counted

),

file_days as (

    select
        _source_hash,
        min(spend_date) as spend_date
    from {{ ref('delivered_spend') }}
    group by _source_hash
    having min(spend_date) = max(spend_date)

),

-- The total row of a file of one day; that of a longer one cannot be put on a day.
totals as (

    select
        findings.source_hash as _source_hash,
        {{ in_base_currency(
            "try_cast(regexp_extract(findings.detail, 'says (-?[0-9.]+)', 1) as decimal(18, 4))", 'rates.rate'
        ) }} as cost
    from {{ source('raw', 'findings') }} as findings
    inner join file_days on findings.source_hash = file_days._source_hash
    inner join {{ source('config', 'currency_rates') }} as rates on rates.currency = 'CNY'
    where
        findings.finding = 'total_differs'
        and findings.subject = 'spend'

),

total_rows as (

    select
        reports.spend_date,
        reports.platform,
        reports.tool,
        case when count(*) = 1 then any_value(reports.advertiser) end as advertiser,
        count(*) = 1 as is_one_account,
        'total row' as report,
        reports._source_hash,
        max(reports.exported_at) as exported_at,
        any_value(totals.cost) as cost
    from reports
    inner join totals on reports._source_hash = totals._source_hash
    group by
        reports.spend_date,
        reports.platform,
        reports.tool,
        reports._source_hash

),

-- What else tells the money of one counted account.
of_account as (

    select
        spend_date,
        platform,
        tool,
        advertiser,
        report,
        _source_hash,
        exported_at,
        cost
    from reports
    where not_counted_reason = 'told by a finer report'

    union all

    select
        spend_date,
        platform,
        tool,
        advertiser,
        report,
        _source_hash,
        exported_at,
        cost
    from total_rows
    where is_one_account

),

account_gaps as (

    select
        counted.spend_date,
        counted.platform,
        counted.channel,
        counted.tool,
        counted.advertiser,
        counted.currency,
        arg_max(of_account.report, (of_account.cost, of_account._source_hash)) as report,
        arg_max(of_account._source_hash, (of_account.cost, of_account._source_hash)) as _source_hash,
        max(of_account.cost) - any_value(counted.cost) as cost
    from counted
    inner join of_account
        on
            counted.spend_date = of_account.spend_date
            and counted.platform = of_account.platform
            and counted.tool = of_account.tool
            and counted.advertiser is not distinct from of_account.advertiser
            and {{ local_date('counted.exported_at') }} <= {{ local_date('of_account.exported_at') }}
    group by
        counted.spend_date,
        counted.platform,
        counted.channel,
        counted.tool,
        counted.advertiser,
        counted.currency
    having max(of_account.cost) > any_value(counted.cost)

),

-- What the counted reports and their gaps come to, over all accounts of a tool.
tool_days as (

    select
        counted.spend_date,
        counted.platform,
        counted.channel,
        counted.tool,
        min(counted.currency) as currency,
        max(counted.exported_at) as exported_at,
        sum(counted.cost + coalesce(account_gaps.cost, 0)) as cost
    from counted
    left join account_gaps
        on
            counted.spend_date = account_gaps.spend_date
            and counted.platform = account_gaps.platform
            and counted.tool = account_gaps.tool
            and counted.advertiser is not distinct from account_gaps.advertiser
    group by
        counted.spend_date,
        counted.platform,
        counted.channel,
        counted.tool

),

-- The other sort of reports (by account, or without): of each account the report that tells most.
of_tool_by_account as (

    select
        reports.spend_date,
        reports.platform,
        reports.tool,
        reports.advertiser,
        arg_max(reports.report, (reports.cost, reports._source_hash)) as report,
        arg_max(reports._source_hash, (reports.cost, reports._source_hash)) as _source_hash,
        max(reports.cost) as cost
    from reports
    inner join tool_days
        on
            reports.spend_date = tool_days.spend_date
            and reports.platform = tool_days.platform
            and reports.tool = tool_days.tool
            and {{ local_date('tool_days.exported_at') }} <= {{ local_date('reports.exported_at') }}
    where reports.not_counted_reason = 'told with other accounts'
    group by
        reports.spend_date,
        reports.platform,
        reports.tool,
        reports.advertiser

),

of_tool as (

    select
        spend_date,
        platform,
        tool,
        max(report) as report,
        max(_source_hash) as _source_hash,
        sum(cost) as cost
    from of_tool_by_account
    group by
        spend_date,
        platform,
        tool

    union all

    select
        spend_date,
        platform,
        tool,
        report,
        _source_hash,
        cost
    from total_rows
    where not is_one_account

),

tool_gaps as (

    select
        tool_days.spend_date,
        tool_days.platform,
        tool_days.channel,
        tool_days.tool,
        null::varchar as advertiser,
        tool_days.currency,
        arg_max(of_tool.report, (of_tool.cost, of_tool._source_hash)) as report,
        arg_max(of_tool._source_hash, (of_tool.cost, of_tool._source_hash)) as _source_hash,
        max(of_tool.cost) - any_value(tool_days.cost) as cost
    from tool_days
    inner join of_tool
        on
            tool_days.spend_date = of_tool.spend_date
            and tool_days.platform = of_tool.platform
            and tool_days.tool = of_tool.tool
    group by
        tool_days.spend_date,
        tool_days.platform,
        tool_days.channel,
        tool_days.tool,
        tool_days.currency
    having max(of_tool.cost) > any_value(tool_days.cost)

),

final as (

    select * from account_gaps
    union all
    select * from tool_gaps

)

select
    spend_date,
    platform,
    channel,
    tool,
    advertiser,
    report,
    _source_hash,
    currency,
    cost::decimal(18, 2) as cost
from final
