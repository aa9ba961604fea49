{# The last steps of a view of events. CTE `parsed` before it has platform, account_id, event_key, event_type,
   is_event, the texts of time, dwell time and amount beside what they say (the time as far as it names an
   instant), and lineage; ids and dimensions that the export does not have may be left out of `has`. #}
{% macro staged_events(checks, has) -%}
-- In steps, so that each row pays for one parser only: there are many events.
clocked as (

    select
        *,
        case when occurred_instant is null then {{ parse_local('occurred_at_text') }} end as occurred_local
    from parsed

),

typed as (

    select
        *,
        coalesce(occurred_instant, {{ local_to_utc('occurred_local') }}) as occurred_at
    from clocked

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
    event_key,
    event_type,
    occurred_at,
    dwell_seconds,
    {%- for name in ['item_id', 'content_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place'] %}
    {% if name in has %}{{ name }}{% else %}null::varchar as {{ name }}{% endif %},
    {%- endfor %}
    amount,
    coalesce(is_event, false) as is_event,
    {%- for name in ['login_id', 'anonymous_id', 'unionid', 'device_id', 'phone', 'email', 'province', 'city'] %}
    {% if name in has %}{{ name }}{% else %}null::varchar as {{ name }}{% endif %},
    {%- endfor %}
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
{%- endmacro %}

{# What a tracker calls a deed, in our words: its own word first, then one that means the same everywhere, else
   the name in lower case. Needs the joins of event_name_joins() on the same alias. #}
{% macro event_type_of(name) -%}
    coalesce(own_name.event_type, common_name.event_type, lower({{ name }}))
{%- endmacro %}

{% macro event_name_joins(platform, name) -%}
    left join {{ ref('event_names') }} as own_name
        on own_name.platform = '{{ platform }}' and lower({{ name }}) = own_name.event_name
    left join {{ ref('event_names') }} as common_name
        on common_name.platform = '*' and lower({{ name }}) = common_name.event_name
{%- endmacro %}
