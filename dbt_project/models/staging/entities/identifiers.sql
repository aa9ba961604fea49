with vault_identifiers as (

    select * from {{ ref('vault_identifiers') }}

)

select
    account_key,
    platform,
    identifier_type,
    identifier_hash,
    scheme,
    is_usable,
    reject_reason,
    first_seen_at,
    last_seen_at
from vault_identifiers
