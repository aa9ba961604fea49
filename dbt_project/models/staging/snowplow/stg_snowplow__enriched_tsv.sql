{#- Enriched events. What was done is in the event's name, in the action of a structured event, or in the type of
    an e-commerce action; the goods are in the contexts. Times are UTC without saying so. -#}
{%- set checks = [
    ('anonymous_id', 'account_id', 'text', true),
    ('event_id', 'event_id', 'text', true),
    ('event_at', 'occurred_at', 'time', true),
    ('event_name', 'event_type', 'text', true),
    ('order_total', 'amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'snowplow__enriched_tsv') }}

),

opened as (

    select
        *,
        {{ as_json('unstruct_event') }} as said,
        {{ elements_like(
            json_list(
                "json_extract(" ~ as_json('contexts') ~ ", '$.data')",
                '{"schema":"VARCHAR","data":{"id":"VARCHAR","category":"VARCHAR","brand":"VARCHAR"}}'
            ),
            'schema', '%/product/%'
        ) }} as goods
    from raw

),

named as (

    select
        *,
        case
            when event_kind = 'struct' then se_action
            when event_name = 'snowplow_ecommerce_action' then json_extract_string(said, '$.data.data.type')
            else coalesce(event_name, event_kind)
        end as name,
        {{ values_of('goods', 'data.id') }} as item_ids,
        {{ values_of('goods', 'data.category') }} as categories,
        {{ values_of('goods', 'data.brand') }} as brands,
        coalesce(order_total, json_extract_string(said, '$.data.data.revenue')) as amount_text
    from opened

),

parsed as (

    select
        'snowplow' as platform,
        coalesce(named.user_id, named.anonymous_id, named.network_user_id) as account_id,
        named.event_id,
        -- One id with two fingerprints is two events.
        concat_ws(':', 'snowplow', named.event_id, named.event_fingerprint) as event_key,
        {{ event_type_of('named.name') }} as event_type,
        true as is_event,
        named.user_id as login_id,
        coalesce(named.anonymous_id, named.network_user_id) as anonymous_id,
        coalesce(named.item_id, {{ agreed('named.item_ids') }}) as item_id,
        coalesce(named.category, {{ agreed('named.categories') }}) as category,
        {{ agreed('named.brands') }} as brand,
        {{ several('named.categories') }} as interests,
        coalesce(
            named.utm_medium, named.utm_source,
            case when named.referrer_medium not in ('internal', 'unknown') then named.referrer_medium end
        ) as traffic_source,
        named.utm_campaign as campaign,
        named.se_category as place,
        named.province,
        named.city,
        coalesce(named.event_at, named.received_at) as occurred_at_text,
        named.amount_text,
        null::varchar as dwell_seconds_text,
        {{ parse_instant("coalesce(named.event_at, named.received_at) || 'Z'") }} as occurred_instant,
        null::double as dwell_seconds,
        {{ to_money('named.amount_text') }} as amount,
        {{ lineage('named') }}
    from named
    {{ event_name_joins('snowplow', 'named.name') }}

),

{{ staged_events(checks, [
    'item_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place',
    'login_id', 'anonymous_id', 'province', 'city',
]) }}
