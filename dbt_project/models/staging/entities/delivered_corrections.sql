{{ config(materialized='view', contract={'enforced': false}) }}
with delivered as (
    {{ union_exports('corrections') }}
)

select
    source_export,
    platform,
    account_id,
    other_platform,
    other_account_id,
    relation,
    stated_at,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
