with current_rows as (
    {{ current_rows('spend') }}
)

select
    spend_date,
    platform,
    channel,
    campaign,
    audience,
    cost,
    currency,
    impressions,
    clicks,
    source_export,
    _source_hash,
    _row_number
from current_rows
