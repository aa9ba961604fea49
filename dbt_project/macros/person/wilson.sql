{# One bound of the Wilson score interval of a proportion, 95 % (Wilson 1927; z = 1.959964).
   sign is '-' for the lower and '+' for the upper bound; n must not be 0. #}
{% macro wilson_bound(hits, n, sign) -%}
    {%- set z = '1.959963984540054' -%}
    {%- set p = '(' ~ hits ~ ' / cast(' ~ n ~ ' as double))' -%}
    (
        ({{ p }} + {{ z }} * {{ z }} / (2 * {{ n }})
        {{ sign }} {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z }} * {{ z }} / (4.0 * {{ n }} * {{ n }})))
        / (1 + {{ z }} * {{ z }} / {{ n }})
    )
{%- endmacro %}
