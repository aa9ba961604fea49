{# Texts that anything may have been written into, without the personal data. #}

{# Names of files and columns without phone numbers and numbers of identity cards; stamps and epochs stay. #}
{% macro without_phones(text) -%}
    regexp_replace(regexp_replace(regexp_replace(
        {{ text }}, '[+][1-9][0-9 -]{8,15}[0-9]', '<phone>', 'g'
    ), '(^|[^0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}([^0-9]|$)', '\1<phone>\2', 'g'
    ), '[0-9]{17}[0-9Xx]', '<digits>', 'g')
{%- endmacro %}

{# And without e-mail and street addresses. #}
{% macro without_names(text) -%}
    regexp_replace(regexp_replace(
        {{ text }}, '[^\s@,;/]+@', '<name>@', 'g'
    ), '(路|街|巷|弄|大道)[0-9一二三四五六七八九十百]+(号|弄)', '<address>', 'g')
{%- endmacro %}

{# A cell that may have been delivered anywhere, without the personal data it may hold. #}
{% macro without_personal_data(text) -%}
    left(regexp_replace(regexp_replace({{ text }}, '[0-9]{7,}', '<digits>', 'g'), '[^\s@,;]+@', '<name>@', 'g'), 120)
{%- endmacro %}
