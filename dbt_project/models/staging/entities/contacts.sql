with customer_rows as (

    select * from {{ ref('customer_rows') }}

)

select
    account_key,
    employee_hash,
    added_at,
    source,
    campaign
from customer_rows
where added_at is not null and account_key is not null
