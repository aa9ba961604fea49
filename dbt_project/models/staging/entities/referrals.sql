with current_rows as (
    {{ current_rows('referrals') }}
),

customer_rows as (

    select * from {{ ref('customer_rows') }}

),

stated as (

    select
        {{ account_key('platform', 'inviter_account_id') }} as inviter_account_key,
        {{ account_key('platform', 'invitee_account_id') }} as invitee_account_key,
        platform,
        invited_at,
        accepted_at,
        campaign,
        source_export,
        _source_hash,
        _row_number
    from current_rows

),

-- A customer who names an inviter has accepted by joining; the invitation itself tells more where it is known.
of_customers as (

    select
        inviter_account_key,
        account_key as invitee_account_key,
        platform,
        joined_at as invited_at,
        joined_at as accepted_at,
        campaign,
        source_export,
        _source_hash,
        _row_number
    from customer_rows
    where inviter_account_key is not null

)

select
    inviter_account_key,
    invitee_account_key,
    platform,
    invited_at,
    accepted_at,
    campaign,
    source_export,
    _source_hash,
    _row_number
from stated

union all

select
    of_customers.inviter_account_key,
    of_customers.invitee_account_key,
    of_customers.platform,
    of_customers.invited_at,
    of_customers.accepted_at,
    of_customers.campaign,
    of_customers.source_export,
    of_customers._source_hash,
    of_customers._row_number
from of_customers
anti join stated
    on
        of_customers.inviter_account_key = stated.inviter_account_key
        and of_customers.invitee_account_key = stated.invitee_account_key
