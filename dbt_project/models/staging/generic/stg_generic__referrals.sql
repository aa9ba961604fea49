{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('inviter_account_id', 'inviter_account_id', 'text', true),
    ('invitee_account_id', 'invitee_account_id', 'text', true),
    ('invited_at', 'invited_at', 'time', true),
    ('accepted_at', 'accepted_at', 'time', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__referrals') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.inviter_account_id,
        raw.invitee_account_id,
        raw.campaign,
        raw.invited_at as invited_at_text,
        raw.accepted_at as accepted_at_text,
        {{ to_utc('raw.invited_at') }} as invited_at,
        {{ to_utc('raw.accepted_at') }} as accepted_at,
        {{ lineage('raw') }}
    from raw

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    platform,
    inviter_account_id,
    invitee_account_id,
    campaign,
    invited_at,
    accepted_at,
    concat_ws('|', platform, inviter_account_id, invitee_account_id, invited_at) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
