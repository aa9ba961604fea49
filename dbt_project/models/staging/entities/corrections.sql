with current_rows as (
    {{ current_rows('corrections') }}
)

select
    account_key,
    other_account_key,
    relation,
    stated_at,
    source_export,
    _source_hash,
    _row_number
from current_rows
