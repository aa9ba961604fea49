{#- The ledger of the ad account. An entry that the export itself leaves out of the account (是否计入: 否) is no
    deduction: its money stays beside. -#}
{%- set checks = [
    ('booked_at', 'settled_at', 'time', true),
    ('amount', 'amount', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'pdd__ads_account_flow') }}

),

typed as (

    select
        raw.entry_type as entry_text,
        raw.fund_type,
        raw.balance,
        raw.business_desc as description,
        raw.booked_at as settled_at_text,
        raw.amount as amount_text,
        {{ to_utc('raw.booked_at') }} as settled_at,
        {{ to_money('raw.amount') }} as amount,
        coalesce(
            nullif({{ ad_entry_type('raw.entry_type') }}, 'other'), {{ ad_entry_type('raw.business_desc') }}
        ) as words_type,
        coalesce({{ mapped('raw.is_counted', {'是': 'yes', '否': 'no'}) }}, 'yes') as is_counted,
        {{ lineage('raw') }}
    from raw

),

signed as (

    select
        *,
        {{ ad_entry_amount('amount', 'words_type') }} as net_amount,
        {{ local_date('settled_at') }} as settlement_date,
        case when is_counted = 'yes' then words_type else 'other' end as entry_type
    from typed

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, settled_at, fund_type, entry_text, net_amount, balance, description
            order by _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from signed

)

select
    {{ ad_entry('pdd') }},
    {{ entry_amounts() }},
    'CNY' as currency,
    {{ row_key([
        "'pdd.ads.account_flow'", 'settled_at', 'fund_type', 'entry_text', 'net_amount', 'balance', 'description', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
