with current_rows as (
    {{ current_rows('note_reports') }}
)

select
    platform,
    report_date,
    lag(report_date) over note_so_far as previous_report_date,
    content_id,
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
    impressions - coalesce(lag(impressions ignore nulls) over note_so_far, 0) as impressions_gained,
    views - coalesce(lag(views ignore nulls) over note_so_far, 0) as views_gained,
    likes - coalesce(lag(likes ignore nulls) over note_so_far, 0) as likes_gained,
    comments - coalesce(lag(comments ignore nulls) over note_so_far, 0) as comments_gained,
    favorites - coalesce(lag(favorites ignore nulls) over note_so_far, 0) as favorites_gained,
    shares - coalesce(lag(shares ignore nulls) over note_so_far, 0) as shares_gained,
    bullet_comments - coalesce(lag(bullet_comments ignore nulls) over note_so_far, 0) as bullet_comments_gained,
    new_followers - coalesce(lag(new_followers ignore nulls) over note_so_far, 0) as new_followers_gained,
    source_export,
    _source_hash,
    _row_number
from current_rows
window note_so_far as (partition by platform, content_id order by report_date, _exported_at, _row_number)
