{{ config(tags=['person_grain']) }}

with

accounts as (

    select
        account_key,
        one_id
    from {{ ref('user_accounts') }}

),

identifiers as (

    select
        identifiers.identifier_type,
        identifiers.identifier_hash,
        identifiers.is_usable,
        identifiers.scheme,
        identifiers.first_seen_at,
        accounts.one_id
    from {{ ref('identifiers') }} as identifiers
    inner join accounts
        on identifiers.account_key = accounts.account_key

),

addresses as (

    select
        one_id,
        case identifier_type
            when 'phone' then 'sms'
            when 'email' then 'email'
            when 'external_userid' then 'wecom'
        end as channel
    from identifiers
    where
        is_usable
        -- Nobody can be written to by a hash.
        and scheme = 'clear'
        and identifier_type in ('phone', 'email', 'external_userid')
        and (first_seen_at is null or first_seen_at < {{ as_of_end_at() }})

    union all

    select
        accounts.one_id,
        contacts.channel
    from {{ ref('contacts') }} as contacts
    inner join accounts
        on contacts.account_key = accounts.account_key
    where contacts.added_at is null or contacts.added_at < {{ as_of_end_at() }}

),

-- Consent to be served or analysed says nothing about being messaged; any other purpose does.
consents as (

    select
        account_key,
        identifier_type,
        identifier_hash,
        coalesce(lower(purpose), 'marketing') as purpose,
        lower(channel) as channel,
        state,
        stated_at
    from {{ ref('consents') }}
    where
        (stated_at is null or stated_at < {{ as_of_end_at() }})
        and coalesce(lower(purpose), 'marketing') not in ('service', 'transactional', 'analytics', 'profiling')

),

statements as (

    select
        accounts.one_id,
        consents.account_key as subject_key,
        consents.purpose,
        consents.channel,
        consents.state,
        consents.stated_at
    from consents
    inner join accounts
        on consents.account_key = accounts.account_key

    union all

    -- Said about a phone or e-mail: it binds everyone who carries that value.
    select
        identifiers.one_id,
        consents.identifier_hash as subject_key,
        consents.purpose,
        consents.channel,
        consents.state,
        consents.stated_at
    from consents
    inner join identifiers
        on
            consents.identifier_type = identifiers.identifier_type
            and consents.identifier_hash = identifiers.identifier_hash
    where consents.account_key is null

    union all

    select
        one_id,
        subject_key,
        'marketing' as purpose,
        channel,
        'withdrawn' as state,
        touch_at as stated_at
    from {{ ref('user_touches') }}
    where
        one_id is not null
        and status in ('unsubscribed', 'complained')

),

by_channel as (

    select
        statements.one_id,
        statements.subject_key,
        statements.purpose,
        coalesce(everywhere.channel, statements.channel) as channel,
        statements.state,
        statements.stated_at
    from statements
    left join (values ('wecom'), ('sms'), ('email')) as everywhere (channel)
        on coalesce(statements.channel, 'all') in ('all', 'any', '')

),

-- The last word of each account or address counts; a withdrawal wins over a grant of the same moment.
last_words as (

    select
        one_id,
        channel,
        state,
        row_number() over (
            partition by one_id, subject_key, purpose, channel
            order by stated_at desc nulls last, state desc
        ) as statement_rank
    from by_channel

),

-- When accounts of one person disagree, no is no.
opted_out as (

    select distinct
        one_id,
        channel
    from last_words
    where
        statement_rank = 1
        and state = 'withdrawn'

),

reachable as (

    select distinct
        one_id,
        channel
    from addresses

),

final as (

    select
        coalesce(reachable.one_id, opted_out.one_id) as one_id,
        coalesce(reachable.channel, opted_out.channel) as channel,
        reachable.one_id is not null and opted_out.one_id is null as is_reachable,
        opted_out.one_id is not null as is_opted_out
    from reachable
    full outer join opted_out
        on
            reachable.one_id = opted_out.one_id
            and reachable.channel = opted_out.channel

)

select * from final
