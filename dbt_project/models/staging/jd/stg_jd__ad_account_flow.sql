{#- The ledger of the ad account. Its one amount is what was taken; what the words call a refund came back. -#}
{%- set checks = [
    ('ledger_entry_id', 'entry_id', 'text', true),
    ('stat_date', 'settlement_date', 'date', true),
    ('settled_at', 'settled_at', 'time', false),
    ('amount_out', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__ad_account_flow') }}

),

typed as (

    select
        raw.ledger_entry_id as entry_id,
        raw.entry_type as entry_text,
        raw.stat_date as settlement_date_text,
        raw.settled_at as settled_at_text,
        raw.amount_out as amount_text,
        {{ to_date('raw.stat_date') }} as settlement_date,
        {{ to_utc('raw.settled_at') }} as settled_at,
        {{ to_money('raw.amount_out') }} as amount,
        {{ ad_entry_type('raw.entry_type') }} as entry_type,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        {{ ad_entry_amount('amount', 'entry_type', "case when entry_type = 'other' then 'out' end") }} as net_amount
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, entry_id
            order by net_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    {{ ad_entry('jd') }},
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key(["'jd.ad_account_flow'", 'entry_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
