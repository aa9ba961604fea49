{#- Two tellings of the same money: what the ad account was charged, and what the ad reports that count say. Only
    the reports are spend; here both stand side by side, and each difference has its line. Days outside the first
    and the last entry of a platform's ledgers are not compared. -#}
with settlements as (

    select * from {{ ref('settlements') }}

),

spend as (

    select * from {{ ref('spend') }}

),

ledger_days as (

    select
        platform,
        settlement_date as spend_date,
        coalesce(sum(-fee_amount) filter (where entry_type in ('ad', 'ad_refund')), 0)::decimal(18, 2) as ledger_cost
    from settlements
    where
        ledger = 'ads'
        and settlement_date is not null
    group by
        platform,
        settlement_date

),

ledger_spans as (

    select
        platform,
        min(spend_date) as first_date,
        max(spend_date) as last_date
    from ledger_days
    group by platform

),

report_days as (

    select
        spend.platform,
        spend.spend_date,
        sum(spend.cost)::decimal(18, 2) as reported_cost
    from spend
    inner join ledger_spans
        on
            spend.platform = ledger_spans.platform
            and spend.spend_date between ledger_spans.first_date and ledger_spans.last_date
    where
        spend.is_counted
        and spend.channel = 'onsite_ads'
    group by
        spend.platform,
        spend.spend_date

),

compared as (

    select
        coalesce(ledger_days.platform, report_days.platform) as platform,
        coalesce(ledger_days.spend_date, report_days.spend_date) as spend_date,
        ledger_days.ledger_cost,
        report_days.reported_cost,
        (coalesce(ledger_days.ledger_cost, 0) - coalesce(report_days.reported_cost, 0))::decimal(18, 2) as difference
    from ledger_days
    full join report_days
        on
            ledger_days.platform = report_days.platform
            and ledger_days.spend_date = report_days.spend_date

)

select
    platform,
    spend_date,
    ledger_cost,
    reported_cost,
    difference,
    case
        when difference = 0 then 'equal'
        when reported_cost is null then 'no ad report of the day'
        when ledger_cost is null then 'no entry in the ledger'
        when difference > 0 then 'the ledger tells more'
        else 'the reports tell more'
    end as outcome
from compared
