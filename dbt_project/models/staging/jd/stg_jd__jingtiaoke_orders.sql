{#- Affiliate orders by order and item. The commission is an estimate until the order is completed. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'attributed_at', 'time', true),
    ('completed_at', 'completed_at', 'time', false),
    ('is_valid', 'is_valid', 'value', false),
    ('commission_base', 'settled_amount', 'money', false),
    ('commission', 'commission', 'money', false),
    ('commission_total', 'commission_total', 'money', false),
    ('platform_fee', 'platform_fee', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__jingtiaoke_orders') }}

),

statuses as (
    {{ status_words('jd.jingtiaoke_orders') }}
),

typed as (

    select
        raw.order_id,
        raw.sku_id as item_id,
        raw.influencer_id as partner_id,
        raw.campaign_name as campaign,
        statuses.meaning,
        raw.created_at as attributed_at_text,
        raw.completed_at as completed_at_text,
        raw.is_valid as is_valid_text,
        raw.commission_base as settled_amount_text,
        raw.commission as commission_text,
        raw.commission_total as commission_total_text,
        raw.platform_fee as platform_fee_text,
        {{ to_utc('raw.created_at') }} as attributed_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ mapped('raw.is_valid', {
            '是': 'yes', '有效': 'yes', '1': 'yes', 'Y': 'yes', '否': 'no', '无效': 'no', '0': 'no', 'N': 'no',
        }) }} as is_valid,
        {{ to_money('raw.commission_base') }} as settled_amount,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.commission_total') }} as commission_total,
        {{ to_money('raw.platform_fee') }} as platform_fee,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, item_id, partner_id
            order by _row_number
        ) as repetition
    from typed

),

costed as (

    select
        *,
        -- The total is the commission with the fees of leader and platform.
        coalesce(commission_total, {{ sum_of(['commission', 'platform_fee']) }}) as cost
    from numbered

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from costed

)

select
    'jd' as platform,
    order_id,
    null::varchar as line_id,
    item_id,
    attributed_at,
    completed_at as settled_at,
    'affiliate' as partner_type,
    partner_id,
    null::varchar as partner_name,
    null::varchar as session_id,
    'affiliate' as traffic_source,
    campaign,
    null::decimal(18, 2) as paid_amount,
    settled_amount,
    case when completed_at is null then cost end as estimated_commission_amount,
    case when completed_at is not null then cost end as settled_commission_amount,
    case when is_valid = 'no' then 'cancelled' else {{ attribution_status('meaning', 'completed_at') }} end as status,
    'CNY' as currency,
    {{ row_key(["'jd.jingtiaoke'", 'order_id', 'item_id', 'partner_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
