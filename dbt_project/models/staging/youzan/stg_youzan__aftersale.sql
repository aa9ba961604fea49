{#- A row is a case, with the buyer's plain phone. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('refund_id', 'case_id', 'text', true),
    ('refund_applied_at', 'applied_at', 'time', false),
    ('refund_finished_at', 'finished_at', 'time', false),
    ('refund_status_raw', 'delivered_state', 'value', true),
    ('refund_amount', 'refund_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'youzan__aftersale') }}

),

statuses as (
    {{ status_words('youzan.aftersale') }}
),

typed as (

    select
        raw.order_id,
        raw.refund_id as case_id,
        {{ clean_phone('raw.buyer_phone') }} as clean_phone,
        raw.merchant_sku as item_id,
        raw.item_title,
        raw.refund_applied_at as applied_at_text,
        raw.refund_finished_at as finished_at_text,
        raw.refund_status_raw as delivered_state_text,
        raw.refund_amount as refund_amount_text,
        raw.refund_reason as reason,
        {{ refund_kind('raw.refund_type') }} as kind,
        {{ to_utc('raw.refund_applied_at') }} as applied_at,
        {{ to_utc('raw.refund_finished_at') }} as finished_at,
        {{ refund_state('statuses.meaning') }} as delivered_state,
        {{ refunded_money(to_money('raw.refund_amount'), 'raw.refund_amount', 'statuses.meaning', 'raw.refund_type') }}
            as refund_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.refund_status_raw') }} = statuses.word

),

checked as (

    select
        *,
        {{ case_state('delivered_state', 'refund_amount') }} as state,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'youzan' as platform,
    case when not contains(clean_phone, '*') then clean_phone end as account_id,
    order_id,
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
    'youzan:' || case_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
