{#- The ledger of the ad account by day, whose newest telling counts. Orders placed with creators are paid from the
    same account, and are no ads. -#}
{%- set checks = [
    ('stat_date', 'settlement_date', 'date', true),
    ('spend_planned', 'cost', 'money', true),
    ('amount_in', 'amount_in', 'money', false),
    ('amount_out', 'amount_out', 'money', false),
    ('paid_amount', 'paid', 'money', false),
    ('refund_amount', 'given_back', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__ad_account_flow') }}

),

typed as (

    select
        raw.advertiser_id,
        raw.influencer_id,
        null::varchar as entry_text,
        raw.stat_date as settlement_date_text,
        raw.spend_planned as cost_text,
        raw.amount_in as amount_in_text,
        raw.amount_out as amount_out_text,
        raw.paid_amount as paid_text,
        raw.refund_amount as given_back_text,
        'ad' as entry_type,
        null::timestamp as settled_at,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_money('raw.spend_planned') }} as cost,
        {{ to_money('raw.amount_in') }} as amount_in,
        {{ to_money('raw.amount_out') }} as amount_out,
        {{ to_money('raw.paid_amount') }} as paid,
        {{ to_money('raw.refund_amount') }} as given_back,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        coalesce(amount_in, 0) - abs(coalesce(amount_out, 0))
        - abs(coalesce(paid, 0)) + abs(coalesce(given_back, 0)) as moved_amount,
        row_number() over (
            partition by _source_hash, settlement_date, advertiser_id, influencer_id
            order by _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    {{ ad_entry('kuaishou') }},
    {{ ad_day_amounts() }},
    'CNY' as currency,
    {{ row_key([
        "'kuaishou.ad_account_flow'", 'settlement_date', 'advertiser_id', 'influencer_id', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
