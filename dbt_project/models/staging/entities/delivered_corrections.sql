{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- Read by several models: kept, in the vault, because accounts are readable here. -#}
with delivered as (
    {{ union_exports('corrections') }}
)

select
    source_export,
    platform,
    account_id,
    other_platform,
    other_account_id,
    account_key,
    other_account_key,
    relation,
    stated_at,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
