{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because identifiers are readable here. -#}
with delivered as (
    {{ union_exports('customers') }}
)

select
    source_export,
    platform,
    account_id,
    seen_at,
    joined_at,
    gender,
    birth_date,
    age_band,
    province,
    city,
    member_level,
    referred_by_account_id,
    phone,
    second_phone,
    email,
    unionid,
    openid,
    external_userid,
    device_id,
    identifier_type,
    identifier_value,
    added_at,
    employee,
    source,
    campaign,
    accepts_email,
    accepts_sms,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
