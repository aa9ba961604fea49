{#- Affiliate orders whose commission is not billed yet; once it is, stg_taobao__cps_orders names the same lines. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'created_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('paid_amount', 'paid_amount', 'money', false),
    ('commission_base', 'settled_amount', 'money', false),
    ('commission_estimated', 'commission_estimated', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__cps_unbilled_orders') }}

),

statuses as (
    {{ status_words('taobao.cps_unbilled_orders') }}
),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.item_id,
        raw.influencer_name as partner_name,
        statuses.meaning,
        raw.completed_at as received_at,
        raw.created_at as created_at_text,
        raw.paid_at as paid_at_text,
        raw.paid_amount as paid_amount_text,
        raw.commission_base as settled_amount_text,
        raw.commission_estimated as commission_estimated_text,
        {{ to_utc('raw.created_at') }} as created_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_money('raw.paid_amount') }} as paid_amount,
        {{ to_money('raw.commission_base') }} as settled_amount,
        {{ to_money('raw.commission_estimated') }} as commission_estimated,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, line_id, partner_name
            order by _row_number
        ) as repetition
    from typed

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'taobao' as platform,
    order_id,
    line_id,
    item_id,
    created_at as attributed_at,
    null::timestamp as settled_at,
    'influencer' as partner_type,
    null::varchar as partner_id,
    partner_name,
    null::varchar as session_id,
    'live' as traffic_source,
    null::varchar as campaign,
    paid_amount,
    settled_amount,
    commission_estimated as estimated_commission_amount,
    null::decimal(18, 2) as settled_commission_amount,
    {{ attribution_status('meaning', none, 'received_at', 'paid_at') }} as status,
    'CNY' as currency,
    {{ row_key(["'taobao.cps_unbilled'", 'order_id', 'line_id', 'partner_name', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
