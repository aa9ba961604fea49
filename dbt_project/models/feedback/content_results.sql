{{ config(tags=['person_grain']) }}

with

live_sessions as (

    select
        platform,
        'live' as channel,
        content_id,
        cast(null as varchar) as content_title,
        creator_id,
        started_at as published_at,
        report_date as first_day,
        report_date as last_day,
        impressions,
        views,
        viewers,
        cast(null as bigint) as likes,
        comments,
        cast(null as bigint) as shares,
        cast(null as bigint) as favorites,
        new_followers,
        orders,
        units,
        buyers,
        gross_amount,
        refund_amount,
        coalesce(gross_amount - refund_amount, platform_net_amount) as net_amount
    from {{ ref('live_reports') }}
    where report_date <= {{ as_of() }}

),

-- The views of a video repeat on each item that it sold; what it sold adds up.
video_periods as (

    select
        platform,
        content_id,
        period_start,
        period_end,
        max(content_title) as content_title,
        max(creator_id) as creator_id,
        max(published_at) as published_at,
        max(views) as views,
        sum(orders) as orders,
        sum(gross_amount) as gross_amount
    from {{ ref('video_reports') }}
    where period_end <= {{ as_of() }}
    group by
        platform,
        content_id,
        period_start,
        period_end

),

-- A day must not count once by itself and once in its week: of two periods that overlap, the longer one counts, and
-- of two as long the later one.
apart as (

    select video_periods.*
    from video_periods
    where
        not exists (
            select 1
            from video_periods as others
            where
                others.platform = video_periods.platform
                and others.content_id = video_periods.content_id
                and others.period_start <= video_periods.period_end
                and others.period_end >= video_periods.period_start
                and (others.period_end - others.period_start, others.period_start)
                > (video_periods.period_end - video_periods.period_start, video_periods.period_start)
        )

),

videos as (

    select
        platform,
        'short_video' as channel,
        content_id,
        arg_max(content_title, period_end) as content_title,
        arg_max(creator_id, period_end) as creator_id,
        min(published_at) as published_at,
        min(period_start) as first_day,
        max(period_end) as last_day,
        cast(null as bigint) as impressions,
        sum(views) as views,
        cast(null as bigint) as viewers,
        cast(null as bigint) as likes,
        cast(null as bigint) as comments,
        cast(null as bigint) as shares,
        cast(null as bigint) as favorites,
        cast(null as bigint) as new_followers,
        sum(orders) as orders,
        cast(null as bigint) as units,
        cast(null as bigint) as buyers,
        sum(gross_amount) as gross_amount,
        cast(null as decimal(18, 2)) as refund_amount,
        -- Nobody tells the refunds of a video.
        cast(null as decimal(18, 2)) as net_amount
    from apart
    group by
        platform,
        content_id

),

-- Gains add up to the note so far, also where the newest report leaves a column out.
notes as (

    select
        platform,
        'note' as channel,
        content_id,
        max(content_title) as content_title,
        cast(null as varchar) as creator_id,
        min(published_at) as published_at,
        {{ local_date('min(published_at)') }} as first_day,
        max(report_date) as last_day,
        sum(impressions_gained) as impressions,
        sum(views_gained) as views,
        cast(null as bigint) as viewers,
        sum(likes_gained) as likes,
        sum(comments_gained) + coalesce(sum(bullet_comments_gained), 0) as comments,
        sum(shares_gained) as shares,
        sum(favorites_gained) as favorites,
        sum(new_followers_gained) as new_followers,
        cast(null as bigint) as orders,
        cast(null as bigint) as units,
        cast(null as bigint) as buyers,
        cast(null as decimal(18, 2)) as gross_amount,
        cast(null as decimal(18, 2)) as refund_amount,
        cast(null as decimal(18, 2)) as net_amount
    from {{ ref('note_reports') }}
    where report_date <= {{ as_of() }}
    group by
        platform,
        content_id

),

final as (

    select * from live_sessions
    union all
    select * from videos
    union all
    select * from notes

)

select
    platform,
    channel,
    content_id,
    content_title,
    creator_id,
    published_at,
    {{ local_date('published_at') }} as published_date,
    first_day,
    last_day,
    cast(impressions as bigint) as impressions,
    cast(views as bigint) as views,
    cast(viewers as bigint) as viewers,
    cast(likes as bigint) as likes,
    cast(comments as bigint) as comments,
    cast(shares as bigint) as shares,
    cast(favorites as bigint) as favorites,
    -- Null where nothing of it is told.
    cast(
        case
            when coalesce(likes, comments, shares, favorites) is not null
                then coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(favorites, 0)
        end as bigint
    ) as interactions,
    cast(new_followers as bigint) as new_followers,
    cast(orders as bigint) as orders,
    cast(units as bigint) as units,
    cast(buyers as bigint) as buyers,
    cast(gross_amount as decimal(18, 2)) as gross_amount,
    cast(refund_amount as decimal(18, 2)) as refund_amount,
    cast(net_amount as decimal(18, 2)) as net_amount
from final
