with current_rows as (
    {{ current_rows('spend') }}
),

spend_reports as (

    select * from {{ ref('spend_reports') }}

),

unallocated_spend as (

    select * from {{ ref('unallocated_spend') }}

),

reported as (

    select
        current_rows.*,
        spend_reports.is_counted
    from current_rows
    inner join spend_reports
        on
            current_rows._source_hash = spend_reports._source_hash
            and current_rows.spend_date = spend_reports.spend_date
            and current_rows.platform = spend_reports.platform
            and current_rows.tool = spend_reports.tool
            and current_rows.advertiser is not distinct from spend_reports.advertiser

)

select
    spend_date,
    platform,
    channel,
    tool,
    report,
    advertiser,
    campaign,
    audience,
    item_id,
    cost,
    coupon_amount,
    subsidy_amount,
    currency,
    impressions,
    clicks,
    _exported_at as exported_at,
    is_counted,
    source_export,
    _source_hash,
    _row_number
from reported

union all

select
    spend_date,
    platform,
    channel,
    tool,
    report,
    advertiser,
    null as campaign,
    null as audience,
    null as item_id,
    cost,
    null as coupon_amount,
    null as subsidy_amount,
    currency,
    null as impressions,
    null as clicks,
    null as exported_at,
    true as is_counted,
    -- No row of an export says this; it is what remains between two.
    'unallocated' as source_export,
    _source_hash,
    0 as _row_number
from unallocated_spend
