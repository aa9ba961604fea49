with current_rows as (
    {{ current_rows('video_reports') }}
)

select
    platform,
    case when period_start = period_end then period_start end as report_date,
    period_start,
    period_end,
    content_id,
    content_title,
    creator_id,
    item_id,
    item_title,
    published_at,
    views,
    completion_rate,
    orders,
    gross_amount,
    currency,
    source_export,
    _source_hash,
    _row_number
from current_rows
