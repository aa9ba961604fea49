{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('account_id', 'account_id', 'text', true),
    ('other_platform', 'other_platform', 'text', true),
    ('other_account_id', 'other_account_id', 'text', true),
    ('relation', 'relation', 'value', true),
    ('stated_at', 'stated_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__corrections') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        lower(trim(raw.other_platform)) as other_platform,
        raw.other_account_id,
        raw.relation as relation_text,
        raw.stated_at as stated_at_text,
        case when lower(raw.relation) in ('same', 'different', 'withdrawn') then lower(raw.relation) end as relation,
        {{ to_utc('raw.stated_at') }} as stated_at,
        {{ lineage('raw') }}
    from raw

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
    relation,
    stated_at,
    concat_ws('|', platform, account_id, other_platform, other_account_id, stated_at) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
