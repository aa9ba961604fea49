{{ config(materialized='view', contract={'enforced': false}) }}
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
