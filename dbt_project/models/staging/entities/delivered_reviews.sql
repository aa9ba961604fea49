{{ config(database='vault', schema='main', materialized='table', contract={'enforced': false}) }}
{#- In the vault, because what people write is personal. -#}
with delivered as (
    {{ union_exports('reviews') }}
)

select
    source_export,
    platform,
    account_id,
    item_id,
    sku_id,
    sku_spec,
    sentiment,
    reviewed_at,
    followed_up_at,
    review_text,
    follow_up_text,
    _key,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
