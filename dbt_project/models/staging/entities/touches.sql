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

),

known as (

    select * from {{ ref('vault_identifiers') }}

),

{{ digest_owners('identified', 'known') }}

select
    {{ keyed_hash("'touch:' || identified._key") }} as touch_key,
    identified.campaign,
    identified.audience,
    identified.variant,
    identified.channel,
    identified.touch_at,
    identified.status,
    identified.cost,
    identified.currency,
    identified.account_key,
    identified.identifier_type,
    {{ identifier_hash(
        'identified.identifier_type', 'coalesce(owners.identifier_value, identified.identifier_value)', 'identified.platform'
    ) }} as identifier_hash,
    identified.one_id,
    identified.opened_at,
    identified.clicked_at,
    identified.source_export,
    identified._source_hash,
    identified._row_number
from identified
left join owners
    on identified.identifier_type = owners.identifier_type and identified.identifier_value = owners.digest
