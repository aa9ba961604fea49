with customer_rows as (

    select * from {{ ref('customer_rows') }}

)

select
    account_key,
    case platform when 'wechat' then 'official_account' else 'wecom' end as channel,
    employee_hash,
    added_at,
    source,
    campaign
from customer_rows
where added_at is not null and account_key is not null
