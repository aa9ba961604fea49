{#- The orders influencers sold, by sub-order: the file names no buyer and no main order. -#}
{%- set checks = [
    ('order_line_id', 'line_id', 'text', true),
    ('paid_at', 'attributed_at', 'time', true),
    ('settled_at', 'settled_at', 'time', false),
    ('paid_amount', 'paid_amount', 'money', false),
    ('settled_amount', 'settled_amount', 'money', false),
    ('commission_estimated', 'commission_estimated', 'money', false),
    ('bonus_estimated', 'bonus_estimated', 'money', false),
    ('promotion_fee_estimated', 'promotion_fee_estimated', 'money', false),
    ('commission', 'commission', 'money', false),
    ('bonus', 'bonus', 'money', false),
    ('promotion_fee', 'promotion_fee', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__alliance_orders') }}

),

statuses as (
    {{ status_words('douyin.alliance_orders') }}
),

typed as (

    select
        raw.order_line_id as line_id,
        raw.item_id,
        raw.influencer_id as partner_id,
        raw.influencer_name as partner_name,
        coalesce(raw.activity_id, raw.campaign_type) as campaign,
        statuses.meaning,
        raw.received_at,
        raw.paid_at as attributed_at_text,
        raw.settled_at as settled_at_text,
        raw.paid_amount as paid_amount_text,
        raw.settled_amount as settled_amount_text,
        raw.commission_estimated as commission_estimated_text,
        raw.bonus_estimated as bonus_estimated_text,
        raw.promotion_fee_estimated as promotion_fee_estimated_text,
        raw.commission as commission_text,
        raw.bonus as bonus_text,
        raw.promotion_fee as promotion_fee_text,
        coalesce(raw.traffic_source, raw.traffic_channel, 'affiliate') as traffic_source,
        {{ to_utc('raw.paid_at') }} as attributed_at,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.paid_amount') }} as paid_amount,
        {{ to_money('raw.settled_amount') }} as settled_amount,
        {{ to_money('raw.commission_estimated') }} as commission_estimated,
        {{ to_money('raw.bonus_estimated') }} as bonus_estimated,
        {{ to_money('raw.promotion_fee_estimated') }} as promotion_fee_estimated,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.bonus') }} as bonus,
        {{ to_money('raw.promotion_fee') }} as promotion_fee,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, line_id, partner_id
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
    'douyin' as platform,
    null::varchar as order_id,
    line_id,
    item_id,
    attributed_at,
    settled_at,
    'influencer' as partner_type,
    partner_id,
    partner_name,
    null::varchar as session_id,
    traffic_source,
    campaign,
    paid_amount,
    settled_amount,
    {{ sum_of(['commission_estimated', 'bonus_estimated', 'promotion_fee_estimated']) }} as estimated_commission_amount,
    {{ sum_of(['commission', 'bonus', 'promotion_fee']) }} as settled_commission_amount,
    {{ attribution_status('meaning', 'settled_at', 'received_at') }} as status,
    'CNY' as currency,
    {{ row_key(["'douyin'", 'line_id', 'partner_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
