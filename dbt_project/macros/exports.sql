{# Where a row came from; every staging view ends with these. #}
{% macro lineage(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {{ prefix }}_source_file,
    {{ prefix }}_source_hash,
    {{ prefix }}_row_number,
    {{ prefix }}_exported_at
{%- endmacro %}

{# What a newer delivery of the same row shares: its parts, one of which may be NULL. #}
{% macro row_key(parts) -%}
    concat_ws('|'{% for part in parts %}, coalesce({{ part }}::varchar, ''){% endfor %})
{%- endmacro %}

{# The sum of amounts of which some may be NULL; NULL where all are. #}
{% macro sum_of(amounts) -%}
    case
        when coalesce({{ amounts | join(', ') }}) is not null
            then ({% for amount in amounts %}{{ ' + ' if not loop.first }}coalesce({{ amount }}, 0){% endfor %})::decimal(18, 2)
    end
{%- endmacro %}

{# One named number of the configuration, as a scalar subquery. #}
{% macro parameter(name) -%}
    (select any_value(value) from {{ source('config', 'parameters') }} where name = '{{ name }}')
{%- endmacro %}

{# The first cell of a row that could not be typed. `checks` is a list of
   (delivered column, typed column, kind, required); the delivered text is kept beside the typed
   column as <typed column>_text, except for kind 'text'. Kind 'amount' may not be negative, kind 'money'
   may. NULL: the row is good. #}
{% macro bad_column(checks) -%}
    case
        {%- for column, typed, kind, required in checks %}
        when {{ typed }} is null{% if not required %} and {{ typed }}_text is not null{% endif %} then '{{ column }}'
        {%- if kind == 'amount' %}
        when {{ typed }} < 0 then '{{ column }}'
        {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}

{# What was in that cell, and what is wrong with it; needs _bad_column. #}
{% macro bad_cell(checks) -%}
    {%- if checks | rejectattr(2, 'equalto', 'text') | list %}
    case _bad_column
        {%- for column, typed, kind, required in checks if kind != 'text' %}
        when '{{ column }}' then {{ typed }}_text
        {%- endfor %}
    end as _bad_value,
    {%- else %}
    null::varchar as _bad_value,
    {%- endif %}
    case _bad_column
        {%- for column, typed, kind, required in checks %}
        when '{{ column }}' then {% if kind == 'text' -%}
            'missing'
        {%- elif kind in ('period', 'item') -%}
            '{{ kind }} not told'
        {%- else -%}
            case
                {%- if kind == 'day' %}
                when {{ typed }}_text is null or {{ is_period(typed ~ '_text') }} then 'not one day'
                {%- endif %}
                when {{ typed }}_text is null then 'missing'
                {%- if kind == 'amount' %}
                when {{ typed }} < 0 then 'negative amount'
                {%- endif %}
                else 'not {{ {"time": "a time", "date": "a date", "day": "a date", "amount": "an amount", "integer": "a whole number", "number": "a number", "rate": "a rate", "duration": "a duration", "money": "an amount", "value": "a known value"}[kind] }}'
            end
        {%- endif %}
        {%- endfor %}
    end as _bad_reason
{%- endmacro %}

{# How to mend what a reason names. #}
{% macro mend(reason) -%}
    case {{ reason }}
        when 'missing' then 'Fill the column in the source system and export again.'
        when 'not a time' then 'Write times as 2026-09-07 08:55:37 or ISO 8601 and export again.'
        when 'not a date' then 'Write dates as 2026-09-07 and export again.'
        when 'not one day' then 'Export the report by day (分天), with the date column: a row must be one day.'
        when 'not an amount' then 'Write amounts as plain numbers such as 1299.00 and export again.'
        when 'negative amount' then 'Write money paid and money returned as positive amounts in their own columns.'
        when 'not a whole number' then 'Write a whole number and export again.'
        when 'not a number' then 'Write a plain number and export again.'
        when 'not a rate' then 'Write rates as 1.20% or as a fraction such as 0.012, and export again.'
        when 'not a duration' then 'Write durations in seconds, or as 00:01:25, and export again.'
        when 'period not told'
            then 'Keep the rows above the header, add a column 统计日期, or name the file after its days: 2026-11-05, or 2026-11-01_2026-11-07.'
        when 'item not told' then 'Keep the rows above the header, or put the item id into the name of the file.'
        when 'not a known value' then 'Use one of the documented values; a new status word of a platform goes into your own contract, under status.'
        when 'unknown currency' then 'Name the rate of this currency under currency.rates in configuration.yaml.'
        when 'order not delivered' then 'Export the order list of the same days: this file names no buyer and no time.'
    end
{%- endmacro %}
