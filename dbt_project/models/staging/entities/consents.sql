with current_rows as (
    {{ current_rows('consents') }}
),

customer_rows as (

    select * from {{ ref('customer_rows') }}

),

stated as (

    select
        {{ account_key('platform', 'account_id') }} as account_key,
        case
            when phone is not null then 'phone'
            when email is not null then 'email'
        end as identifier_type,
        coalesce({{ clean_phone('phone') }}, {{ clean_email('email') }}) as identifier_value,
        platform,
        purpose,
        channel,
        state,
        stated_at,
        source_export,
        _source_hash,
        _row_number
    from current_rows

),

-- Shops tell with the customer whether messages are wanted, as of the export.
of_customers as (

    select
        customer_rows.account_key,
        null::varchar as identifier_type,
        null::varchar as identifier_value,
        null::varchar as platform,
        'marketing' as purpose,
        channels.channel,
        if(channels.channel = 'email', customer_rows.email_consent, customer_rows.sms_consent) as state,
        customer_rows._exported_at as stated_at,
        customer_rows.source_export,
        customer_rows._source_hash,
        customer_rows._row_number
    from customer_rows
    cross join (values ('email'), ('sms')) as channels (channel)
    where if(channels.channel = 'email', customer_rows.email_consent, customer_rows.sms_consent) is not null

),

together as (

    select * from stated
    union all
    select * from of_customers

),

known as (

    select * from {{ ref('vault_identifiers') }}

),

{{ digest_owners('stated', 'known') }}

select
    together.account_key,
    together.identifier_type,
    {{ identifier_hash(
        'together.identifier_type', 'coalesce(owners.identifier_value, together.identifier_value)', 'together.platform'
    ) }} as identifier_hash,
    together.purpose,
    together.channel,
    together.state,
    together.stated_at,
    together.source_export,
    together._source_hash,
    together._row_number
from together
left join owners
    on together.identifier_type = owners.identifier_type and together.identifier_value = owners.digest
