{{ config(
    database='vault', schema='main', materialized='incremental', incremental_strategy='delete+insert',
    unique_key='statement_key', on_schema_change='fail'
) }}
{#- The ids and places that event records carry, once per combination. First and last sight are a least and
    a greatest: the same whichever way the files come in, and however often. -#}
with arrived as (

    select
        platform,
        account_id,
        login_id,
        anonymous_id,
        unionid,
        device_id,
        phone,
        email,
        province,
        city,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from {{ ref('delivered_events') }}
    where
        _bad_column is null
        and account_id <> ''
        {%- if is_incremental() %}
        and _source_hash in {{ new_files() }}
        {%- endif %}
    group by all

),

keyed as (

    select
        *,
        md5(concat_ws(
            chr(31), platform, account_id, coalesce(login_id, chr(30)), coalesce(anonymous_id, chr(30)),
            coalesce(unionid, chr(30)), coalesce(device_id, chr(30)),
            coalesce(province, chr(30)), coalesce(city, chr(30)), coalesce(phone, chr(30)), coalesce(email, chr(30))
        )) as statement_key
    from arrived

),

together as (

    select * from keyed
    {%- if is_incremental() %}

    union all by name

    select
        known.platform,
        known.account_id,
        known.login_id,
        known.anonymous_id,
        known.unionid,
        known.device_id,
        known.phone,
        known.email,
        known.province,
        known.city,
        known.first_seen_at,
        known.last_seen_at,
        known.statement_key
    from {{ this }} as known
    where known.statement_key in (select keyed.statement_key from keyed)
    {%- endif %}

)

select
    statement_key,
    {{ account_key('platform', 'account_id') }} as account_key,
    platform,
    account_id,
    login_id,
    anonymous_id,
    unionid,
    device_id,
    phone,
    email,
    province,
    city,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from together
group by all
