{# The as-of date and its neighbours are session variables (orchestration/warehouse/session.py).
   Unit tests override these macros with literals. #}

{# The last merchant-local day that counts, a DATE. #}
{% macro as_of() %}getvariable('as_of'){% endmacro %}

{# The first UTC instant that no longer counts, a TIMESTAMP. #}
{% macro as_of_end_at() %}getvariable('as_of_end_at'){% endmacro %}

{# The last merchant-local day that counts at the date RFM is compared with, a DATE. #}
{% macro compared_as_of() %}({{ as_of() }} - cast({{ parameter('rfm.migration_days') }} as integer)){% endmacro %}

{# The first UTC instant that no longer counts there, a TIMESTAMP. #}
{% macro compared_end_at() %}{{ local_to_utc('cast(' ~ compared_as_of() ~ ' + 1 as timestamp)') }}{% endmacro %}

{# A keyed hash of 16 hex digits; the salt stays in the session. Null stays null. #}
{% macro keyed_hash(expression) %}left(md5(getvariable('id_salt') || '|' || {{ expression }}), 16){% endmacro %}

{# Merchant-local date of a UTC timestamp. Adds the steady offset where the clock did not change
   (orchestration/warehouse/session.py); only other times pay for a time zone look-up. #}
{% macro local_date(expression) -%}
    case
        when {{ expression }} >= getvariable('utc_offset_from') and {{ expression }} < getvariable('utc_offset_until')
            then ({{ expression }} + getvariable('utc_offset'))::date
        else timezone(getvariable('timezone'), timezone('UTC', {{ expression }}))::date
    end
{%- endmacro %}

{# UTC timestamp of a merchant-local one. #}
{% macro local_to_utc(expression) -%}
    case
        when {{ expression }} >= getvariable('utc_offset_from') and {{ expression }} < getvariable('utc_offset_until')
            then {{ expression }} - getvariable('utc_offset')
        else timezone('UTC', timezone(getvariable('timezone'), {{ expression }}))
    end
{%- endmacro %}
