with current_rows as (
    {{ current_rows('touches') }}
),

identified as (

    select
        *,
        {{ account_key('platform', 'account_id') }} as account_key,
        case
            when phone is not null then 'phone'
            when email is not null then 'email'
        end as identifier_type,
        coalesce({{ clean_phone('phone') }}, {{ clean_email('email') }}) as identifier_value
    from current_rows

)

select
    {{ keyed_hash("'touch:' || _key") }} as touch_key,
    campaign,
    audience,
    variant,
    channel,
    touch_at,
    status,
    cost,
    currency,
    account_key,
    identifier_type,
    {{ keyed_hash("identifier_type || ':' || identifier_value") }} as identifier_hash,
    one_id,
    opened_at,
    clicked_at,
    source_export,
    _source_hash,
    _row_number
from identified
