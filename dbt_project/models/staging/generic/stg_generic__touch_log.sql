{%- set checks = [
    ('campaign', 'campaign', 'text', true),
    ('channel', 'channel', 'text', true),
    ('touch_at', 'touch_at', 'time', true),
    ('status', 'status', 'value', true),
    ('account_id', 'person', 'text', true),
    ('variant', 'variant', 'value', false),
    ('cost', 'cost', 'amount', false),
    ('opened_at', 'opened_at', 'time', false),
    ('clicked_at', 'clicked_at', 'time', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__touch_log') }}

),

typed as (

    select
        raw.campaign,
        raw.audience,
        lower(trim(raw.channel)) as channel,
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        raw.phone,
        raw.email,
        raw.one_id,
        coalesce(lower(trim(raw.platform)) || ':' || raw.account_id, raw.phone, raw.email, raw.one_id) as person,
        coalesce(upper(raw.currency), 'CNY') as currency,
        raw.touch_at as touch_at_text,
        raw.status as status_text,
        raw.variant as variant_text,
        raw.cost as cost_text,
        raw.opened_at as opened_at_text,
        raw.clicked_at as clicked_at_text,
        {{ to_utc('raw.touch_at') }} as touch_at,
        case
            when lower(raw.status) in (
                'planned', 'sent', 'delivered', 'failed', 'opened', 'clicked', 'unsubscribed', 'complained'
            ) then lower(raw.status)
        end as status,
        case lower(raw.variant)
            when 'treatment' then 'treatment'
            when 'target' then 'treatment'
            when 'holdout' then 'holdout'
            when 'control' then 'holdout'
        end as variant,
        {{ to_money('raw.cost') }} as cost,
        {{ to_utc('raw.opened_at') }} as opened_at,
        {{ to_utc('raw.clicked_at') }} as clicked_at,
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
    campaign,
    audience,
    coalesce(variant, 'treatment') as variant,
    channel,
    touch_at,
    status,
    cost,
    currency,
    platform,
    account_id,
    phone,
    email,
    one_id,
    opened_at,
    clicked_at,
    concat_ws('|', campaign, coalesce(audience, ''), channel, touch_at, person) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
