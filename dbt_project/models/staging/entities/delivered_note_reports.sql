{{ config(materialized='table', contract={'enforced': false}) }}
{#- Read by several models, and dear to type: kept. -#}
with delivered as (
    {{ union_exports('note_reports') }}
)

select
    delivered.source_export,
    delivered.platform,
    delivered.report_date,
    delivered.content_id,
    delivered.content_title,
    delivered.content_form,
    delivered.published_at,
    delivered.impressions,
    delivered.views,
    delivered.click_rate,
    delivered.likes,
    delivered.comments,
    delivered.favorites,
    delivered.shares,
    delivered.bullet_comments,
    delivered.new_followers,
    delivered.average_view_seconds,
    delivered._key,
    {{ lineage('delivered') }},
    delivered._bad_column,
    delivered._bad_value,
    delivered._bad_reason
from delivered
