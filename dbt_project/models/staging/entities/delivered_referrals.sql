{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models: kept, in the vault, because accounts are readable here. -#}
with delivered as (
    {{ union_exports('referrals') }}
)

select
    source_export,
    platform,
    inviter_account_id,
    invitee_account_id,
    campaign,
    invited_at,
    accepted_at,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
