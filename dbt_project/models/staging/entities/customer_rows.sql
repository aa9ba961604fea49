with current_rows as (
    {{ current_rows('customers') }}
)

select
    source_export,
    platform,
    {{ account_key('platform', 'account_id') }} as account_key,
    seen_at,
    joined_at,
    gender,
    birth_date,
    age_band,
    province,
    city,
    member_level,
    {{ account_key('platform', 'referred_by_account_id') }} as inviter_account_key,
    added_at,
    {{ keyed_hash("'employee:' || employee") }} as employee_hash,
    source,
    campaign,
    case
        when accepts_email in ('yes', 'true') then 'granted'
        when accepts_email in ('no', 'false') then 'withdrawn'
    end as email_consent,
    case
        when accepts_sms in ('yes', 'true') then 'granted'
        when accepts_sms in ('no', 'false') then 'withdrawn'
    end as sms_consent,
    _exported_at,
    _source_hash,
    _row_number
from current_rows
