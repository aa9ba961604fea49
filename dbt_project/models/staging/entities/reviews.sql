with current_rows as (
    {{ current_rows('reviews') }}
)

select
    {{ keyed_hash("platform || ':' || _key") }} as review_key,
    platform,
    {{ account_key('platform', 'account_id') }} as account_key,
    item_id,
    sku_id,
    sku_spec,
    sentiment,
    case sentiment
        when 'positive' then 1
        when 'neutral' then 0
        when 'negative' then -1
    end as score,
    reviewed_at,
    followed_up_at,
    -- Where nobody wrote anything the platform does.
    coalesce(not starts_with(review_text, '此用户没有填写评价'), false) as has_text,
    source_export,
    _source_hash,
    _row_number
from current_rows
