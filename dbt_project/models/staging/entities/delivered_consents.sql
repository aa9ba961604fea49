{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept, in the vault, because identifiers are readable here. -#}
with delivered as (
    {{ union_exports('consents') }}
)

select
    source_export,
    platform,
    account_id,
    phone,
    email,
    purpose,
    channel,
    state,
    stated_at,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
