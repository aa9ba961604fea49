{#- A link between an account and an identifier that the merchant knows. -#}
{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('account_id', 'account_id', 'text', true),
    ('identifier_type', 'identifier_type', 'value', true),
    ('identifier_value', 'identifier_value', 'text', true),
    ('seen_at', 'seen_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__identities') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        raw.identifier_type as identifier_type_text,
        raw.identifier_value,
        raw.seen_at as seen_at_text,
        {{ stated_identifier_type('raw.identifier_type') }} as identifier_type,
        {{ stated_identifier_value('raw.identifier_type', 'raw.identifier_value') }} as marked_value,
        {{ to_utc('raw.seen_at') }} as seen_at,
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
    seen_at,
    identifier_type,
    marked_value as identifier_value,
    concat_ws('|', platform, account_id, identifier_type, marked_value) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
