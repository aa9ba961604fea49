{# The channel of a traffic source: the platform's own word first, then a word that means the same
   everywhere, else `other`. Needs the joins of channel_joins() on the same alias. #}
{% macro channel_of() -%}
    coalesce(platform_source.channel, common_source.channel, 'other')
{%- endmacro %}

{% macro channel_joins(alias) -%}
    left join {{ ref('traffic_sources') }} as platform_source
        on
            {{ alias }}.platform = platform_source.platform
            and lower({{ alias }}.traffic_source) = platform_source.traffic_source
    left join {{ ref('traffic_sources') }} as common_source
        on
            common_source.platform = '*'
            and lower({{ alias }}.traffic_source) = common_source.traffic_source
{%- endmacro %}

{# Money to the base currency, to the cent. #}
{% macro in_base_currency(amount, rate) -%}
    ({{ amount }} * {{ rate }}::decimal(18, 8))::decimal(18, 2)
{%- endmacro %}

{# The account on its platform, hashed; NULL when the export hides the person. #}
{% macro account_key(platform, account_id) -%}
    {{ keyed_hash(platform ~ " || ':' || " ~ account_id) }}
{%- endmacro %}

{# An account key that a human copied from a table: 16 hex digits, else NULL. #}
{% macro stated_key(text) -%}
    case when regexp_full_match(lower(trim({{ text }})), '[0-9a-f]{16}') then lower(trim({{ text }})) end
{%- endmacro %}

{# An influencer, promoter or host on a platform, hashed: by id where the report has one, else by name. #}
{% macro partner_key() -%}
    {{ keyed_hash("platform || ':partner:' || coalesce(partner_id, partner_name)") }}
{%- endmacro %}
