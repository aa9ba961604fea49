{# Merchant-local hour (0 to 23) of a UTC timestamp; like local_date it looks the time zone up only where the clock changed. #}
{% macro local_hour(expression) -%}
    cast(date_part('hour', case
        when {{ expression }} >= getvariable('utc_offset_from') and {{ expression }} < getvariable('utc_offset_until')
            then {{ expression }} + getvariable('utc_offset')
        else timezone(getvariable('timezone'), timezone('UTC', {{ expression }}))
    end) as integer)
{%- endmacro %}
