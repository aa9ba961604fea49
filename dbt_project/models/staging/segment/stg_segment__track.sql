{#- Calls of the tracker: track, page and screen are events; identify, alias and group tie ids together. -#}
{%- set checks = [
    ('anonymous_id', 'account_id', 'text', true),
    ('event_id', 'event_id', 'text', true),
    ('event_at', 'occurred_at', 'time', true),
    ('event_name', 'event_type', 'text', true),
    ('properties', 'amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'segment__track') }}

),

opened as (

    select
        raw.*,
        lower(raw.event_type) as call,
        {{ event_type_of('raw.event_name') }} as deed,
        {{ as_json('raw.properties') }} as said,
        {{ as_json('raw.traits') }} as person
    from raw
    {{ event_name_joins('segment', 'raw.event_name') }}

),

listed as (

    select
        *,
        {{ json_list(
            "json_extract(said, '$.products')",
            '{"product_id":"VARCHAR","sku":"VARCHAR","category":"VARCHAR","brand":"VARCHAR"}'
        ) }} as goods
    from opened

),

told as (

    select
        *,
        {{ values_of('goods', 'product_id') }} as product_ids,
        {{ values_of('goods', 'sku') }} as skus,
        {{ values_of('goods', 'category') }} as categories,
        {{ values_of('goods', 'brand') }} as brands,
        coalesce(
            json_extract_string(said, '$.revenue'),
            json_extract_string(said, '$.total'),
            json_extract_string(said, '$.value')
        ) as amount_text
    from listed

),

parsed as (

    select
        'segment' as platform,
        coalesce(user_id, anonymous_id, previous_id) as account_id,
        event_id,
        'segment:' || event_id as event_key,
        case
            when call = 'track' then deed
            when call in ('page', 'screen') then 'view'
            else call
        end as event_type,
        call in ('track', 'page', 'screen') as is_event,
        user_id as login_id,
        -- An alias says which id a person had before.
        coalesce(case when call = 'alias' then previous_id end, anonymous_id) as anonymous_id,
        json_extract_string(person, '$.unionid') as unionid,
        json_extract_string(person, '$.phone') as phone,
        json_extract_string(person, '$.email') as email,
        coalesce(
            json_extract_string(said, '$.product_id'),
            json_extract_string(said, '$.sku'),
            {{ agreed('product_ids') }},
            case when len(product_ids) = 0 then {{ agreed('skus') }} end
        ) as item_id,
        json_extract_string(said, '$.content_id') as content_id,
        coalesce(json_extract_string(said, '$.category'), {{ agreed('categories') }}) as category,
        coalesce(json_extract_string(said, '$.brand'), {{ agreed('brands') }}) as brand,
        {{ several('categories') }} as interests,
        coalesce(utm_medium, utm_source) as traffic_source,
        utm_campaign as campaign,
        coalesce(page_category, page_name) as place,
        coalesce(event_at, received_at) as occurred_at_text,
        amount_text,
        null::varchar as dwell_seconds_text,
        {{ parse_instant('coalesce(event_at, received_at)') }} as occurred_instant,
        null::double as dwell_seconds,
        {{ to_money('amount_text') }} as amount,
        {{ lineage() }}
    from told

),

{{ staged_events(checks, [
    'item_id', 'content_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place',
    'login_id', 'anonymous_id', 'unionid', 'phone', 'email',
]) }}
