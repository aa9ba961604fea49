{#- Events of the export tables. An event that names neither cookie nor user (no consent) is nobody's: it is
    counted as a record that is no event. The source is the session's, never the first touch of the user. -#}
{%- set checks = [
    ('event_at', 'occurred_at', 'time', true),
    ('event_name', 'event_type', 'text', true),
    ('event_params', 'dwell_seconds', 'number', false),
    ('paid_amount', 'amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'ga4__bigquery') }}

),

listed as (

    select
        raw.*,
        {{ event_type_of('raw.event_name') }} as deed,
        {{ event_parameters('raw.event_params') }} as parameters,
        {{ json_list(
            as_json('raw.items'), '{"item_id":"VARCHAR","item_category":"VARCHAR","item_brand":"VARCHAR"}'
        ) }} as goods,
        {{ as_json('raw.session_source') }} as session_json,
        {{ as_json('raw.collected_source') }} as collected_json
    from raw
    {{ event_name_joins('ga4', 'raw.event_name') }}

),

told as (

    select
        *,
        {{ values_of('goods', 'item_id') }} as item_ids,
        {{ values_of('goods', 'item_category') }} as categories,
        {{ values_of('goods', 'item_brand') }} as brands,
        {{ event_parameter('parameters', 'content_id') }} as content_id,
        {{ event_parameter('parameters', 'content_group') }} as place,
        {{ event_parameter('parameters', 'value') }} as value_text,
        {{ event_parameter('parameters', 'engagement_time_msec') }} as engaged_text,
        coalesce(
            json_extract_string(session_json, '$.manual_campaign.medium'),
            json_extract_string(collected_json, '$.manual_medium'),
            {{ event_parameter('parameters', 'medium') }}
        ) as medium,
        coalesce(
            json_extract_string(session_json, '$.manual_campaign.source'),
            json_extract_string(collected_json, '$.manual_source'),
            {{ event_parameter('parameters', 'source') }}
        ) as source,
        coalesce(
            json_extract_string(session_json, '$.manual_campaign.campaign_name'),
            json_extract_string(collected_json, '$.manual_campaign_name'),
            {{ event_parameter('parameters', 'campaign') }}
        ) as campaign_name
    from listed

),

parsed as (

    select
        'ga4' as platform,
        coalesce(user_id, anonymous_id, '') as account_id,
        -- No id is delivered. Deeds of one batch share the time, so what they say belongs to the key.
        'ga4:' || {{ keyed_hash(
            "concat_ws('|', stream_id, coalesce(anonymous_id, user_id, ''), deed, event_at, coalesce(bundle_id, ''), "
            "coalesce(batch_page_id, ''), coalesce(batch_ordering_id, ''), coalesce(batch_event_index, ''), "
            "coalesce(event_params, ''), coalesce(items, ''))"
        ) }} as event_key,
        deed as event_type,
        user_id is not null or anonymous_id is not null as is_event,
        user_id as login_id,
        anonymous_id,
        {{ agreed('item_ids') }} as item_id,
        content_id,
        {{ agreed('categories') }} as category,
        {{ agreed('brands') }} as brand,
        {{ several('categories') }} as interests,
        coalesce(nullif(medium, '(not set)'), nullif(source, '(not set)')) as traffic_source,
        case when campaign_name not like '(%' then campaign_name end as campaign,
        place,
        province,
        city,
        event_at as occurred_at_text,
        engaged_text as dwell_seconds_text,
        case
            when deed = 'refund' then coalesce(refund_amount, value_text)
            else coalesce(paid_amount, value_text)
        end as amount_text,
        make_timestamp(try_cast(event_at as bigint)) as occurred_instant,
        {{ to_number('engaged_text') }} / 1000 as dwell_seconds,
        {{ to_money('amount_text') }} as amount,
        {{ lineage() }}
    from told

),

{{ staged_events(checks, [
    'item_id', 'content_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place',
    'login_id', 'anonymous_id', 'province', 'city',
]) }}
