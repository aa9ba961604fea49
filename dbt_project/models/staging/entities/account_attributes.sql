{#- What customers declared in columns that the configuration names: raw.attributes, of the rows that count. A cell
    that looks like a phone, an e-mail address or a street address says nothing about what somebody is like. -#}
with delivered as (

    select * from {{ source('raw', 'attributes') }}

),

customer_rows as (

    select
        account_key,
        _exported_at,
        _source_hash,
        _row_number
    from {{ ref('customer_rows') }}
    where account_key is not null

),

told as (

    select
        customer_rows.account_key,
        delivered.attribute,
        trim(delivered.value) as value,
        customer_rows._exported_at,
        customer_rows._source_hash,
        customer_rows._row_number
    from delivered
    inner join customer_rows
        on
            delivered._source_hash = customer_rows._source_hash
            and delivered._row_number = customer_rows._row_number
    where
        delivered.value is not null
        and delivered.value = {{ without_names(without_phones(without_personal_data('delivered.value'))) }}

)

select
    account_key,
    attribute,
    arg_max(value, (_exported_at, _source_hash, _row_number)) as value
from told
where value <> ''
group by
    account_key,
    attribute
