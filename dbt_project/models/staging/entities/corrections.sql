with current_rows as (
    {{ current_rows('corrections') }}
)

select
    {{ account_key('platform', 'account_id') }} as account_key,
    {{ account_key('other_platform', 'other_account_id') }} as other_account_key,
    relation,
    stated_at,
    source_export,
    _source_hash,
    _row_number
from current_rows
