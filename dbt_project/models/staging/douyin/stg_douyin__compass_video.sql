{#- Short videos and the items they sold. Views are of the video, and repeat on each of its items. -#}
{%- set checks = [
    ('content_id', 'content_id', 'text', true),
    ('stat_date', 'period_end', 'period', true),
    ('content_published_at', 'published_at', 'time', false),
    ('views', 'views', 'integer', false),
    ('completion_rate', 'completion_rate', 'rate', false),
    ('orders', 'orders', 'integer', false),
    ('gmv', 'gross_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__compass_video') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        dated.period_start,
        dated.period_end,
        dated.period_end_text,
        dated.content_id,
        dated.content_title,
        dated.influencer_id as creator_id,
        dated.item_id,
        dated.item_title,
        {{ typed_cells(checks, 'dated') }},
        {{ lineage('dated') }}
    from dated

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'douyin' as platform,
    period_start,
    period_end,
    content_id,
    content_title,
    creator_id,
    item_id,
    item_title,
    published_at,
    views,
    completion_rate,
    orders,
    gross_amount,
    'CNY' as currency,
    concat_ws('|', content_id, period_start, period_end) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
