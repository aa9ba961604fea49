{#- What is not believed, counted; the values themselves are in the vault. -#}
with identifiers as (

    select * from {{ ref('identifiers') }}

),

reasons as (

    select
        listed.reason,
        listed.meaning
    from (
        values
        {%- for reason, meaning in reject_reasons().items() %}
        ('{{ reason }}', '{{ meaning }}'){{ "," if not loop.last }}
        {%- endfor %}
    ) as listed (reason, meaning)

)

select
    identifiers.platform,
    identifiers.identifier_type,
    identifiers.reject_reason,
    count(distinct identifiers.identifier_hash) as value_count,
    count(distinct identifiers.account_key) as account_count,
    any_value(reasons.meaning) as meaning
from identifiers
left join reasons on identifiers.reject_reason = reasons.reason
where not identifiers.is_usable
group by
    identifiers.platform,
    identifiers.identifier_type,
    identifiers.reject_reason
