{#- Each account by platform and id, or by the key under which the warehouse shows it. What is no key may be a
    name: it is never shown. -#}
{%- set checks = [
    ('account_id', 'account', 'text', true),
    ('other_account_id', 'other_account', 'text', true),
    ('relation', 'relation', 'value', true),
    ('stated_at', 'stated_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__corrections') }}

),

named as (

    select
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        lower(trim(raw.other_platform)) as other_platform,
        raw.other_account_id,
        {{ stated_key('raw.account_key') }} as account_key,
        {{ stated_key('raw.other_account_key') }} as other_account_key,
        raw.relation as relation_text,
        raw.stated_at as stated_at_text,
        case when lower(raw.relation) in ('same', 'different', 'withdrawn') then lower(raw.relation) end as relation,
        {{ to_utc('raw.stated_at') }} as stated_at,
        {{ lineage('raw') }}
    from raw

),

typed as (

    select
        *,
        coalesce(account_key, {{ account_key('platform', 'account_id') }}) as account,
        coalesce(other_account_key, {{ account_key('other_platform', 'other_account_id') }}) as other_account
    from named

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    platform,
    account_id,
    other_platform,
    other_account_id,
    account as account_key,
    other_account as other_account_key,
    relation,
    stated_at,
    concat_ws('|', account, other_account, stated_at) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
