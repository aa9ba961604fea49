{#- Notes. A note has no id: its title and first publication are its key. Numbers are as of the day of the export. -#}
{%- set checks = [
    ('content_title', 'content_title', 'text', true),
    ('content_published_at', 'published_at', 'time', true),
    ('impressions', 'impressions', 'integer', false),
    ('views', 'views', 'integer', false),
    ('ctr', 'click_rate', 'rate', false),
    ('likes', 'likes', 'integer', false),
    ('comments', 'comments', 'integer', false),
    ('saves', 'favorites', 'integer', false),
    ('shares', 'shares', 'integer', false),
    ('danmu', 'bullet_comments', 'integer', false),
    ('new_followers', 'new_followers', 'integer', false),
    ('avg_view_seconds', 'average_view_seconds', 'duration', false),
] -%}
with raw as (

    select
        *,
        null::varchar as stat_date
    from {{ source('raw', 'xiaohongshu__notes') }}

),

dated as (
    {{ with_period('raw') }}
),

typed as (

    select
        coalesce(dated.period_end, {{ local_date('dated._exported_at') }}) as report_date,
        dated.content_title,
        dated.content_type as content_form,
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
    'xiaohongshu' as platform,
    report_date,
    {{ made_up_id("concat_ws('|', content_title, published_at)") }} as content_id,
    content_title,
    content_form,
    published_at,
    impressions,
    views,
    click_rate,
    likes,
    comments,
    favorites,
    shares,
    bullet_comments,
    new_followers,
    average_view_seconds,
    concat_ws('|', content_title, published_at, report_date) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
