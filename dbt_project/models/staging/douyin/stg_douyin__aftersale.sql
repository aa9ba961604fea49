{#- A row is a case; a line can have several, and only those that ended with a refund moved money. -#}
{%- set checks = [
    ('refund_id', 'case_id', 'text', true),
    ('order_line_id', 'line_id', 'text', true),
    ('refund_applied_at', 'applied_at', 'time', false),
    ('refund_paid_at', 'finished_at', 'time', false),
    ('refund_status_raw', 'delivered_state', 'value', true),
    ('refund_amount', 'goods_refund', 'amount', true),
    ('refund_shipping', 'shipping_refund', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__aftersale') }}

),

statuses as (
    {{ status_words('douyin.aftersale') }}
),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.refund_id as case_id,
        raw.item_id,
        raw.item_title,
        raw.refund_applied_at as applied_at_text,
        coalesce(raw.refund_paid_at, raw.refund_received_at, raw.refund_finished_at) as finished_at_text,
        raw.refund_status_raw as delivered_state_text,
        raw.refund_amount as goods_refund_text,
        raw.refund_shipping as shipping_refund_text,
        raw.refund_reason as reason,
        {{ refund_kind('raw.refund_type') }} as kind,
        {{ to_utc('raw.refund_applied_at') }} as applied_at,
        {{ to_utc('coalesce(raw.refund_paid_at, raw.refund_received_at, raw.refund_finished_at)') }} as finished_at,
        {{ refund_state('statuses.meaning') }} as delivered_state,
        {{ refunded_money(to_money('raw.refund_amount'), 'raw.refund_amount', 'statuses.meaning', 'raw.refund_type') }}
            as goods_refund,
        {{ to_money('raw.refund_shipping') }} as shipping_refund,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.refund_status_raw') }} = statuses.word

),

checked as (

    select
        *,
        goods_refund + coalesce(shipping_refund, 0) as refund_amount,
        {{ bad_column(checks) }} as _bad_column
    from typed

),

stated as (

    select
        *,
        {{ case_state('delivered_state', 'refund_amount') }} as state
    from checked

)

select
    'douyin' as platform,
    order_id,
    line_id,
    item_id,
    item_title,
    case_id,
    applied_at,
    case when state = 'refunded' then finished_at end as refunded_at,
    state,
    refund_amount,
    kind,
    reason,
    'CNY' as currency,
    'douyin:' || case_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from stated
