{# Values out of JSON texts. (Their lambdas are beyond the linter; it gets stubs.) #}

{# A JSON text; NULL for a text that is none. #}
{% macro as_json(text) -%}
    try_cast({{ text }} as json)
{%- endmacro %}

{# A list of objects out of JSON, as structs of texts; `shape` says which keys. #}
{% macro json_list(json, shape) -%}
    from_json({{ json }}, '[{{ shape }}]')
{%- endmacro %}

{# What each element of such a list has under a key; "(not set)" and the like say nothing. #}
{% macro values_of(list, key) -%}
    list_filter(list_transform({{ list }}, lambda x : x.{{ key }}), lambda x : x <> '' and x not like '(%')
{%- endmacro %}

{# The elements whose value under a key is like a pattern. #}
{% macro elements_like(list, key, pattern) -%}
    list_filter({{ list }}, lambda x : x.{{ key }} like '{{ pattern }}')
{%- endmacro %}

{# What all values of a list agree on; NULL when they differ. #}
{% macro agreed(list) -%}
    case when len(list_distinct({{ list }})) = 1 then list_distinct({{ list }})[1] end
{%- endmacro %}

{# The values of a list joined by ;, when they are more than one. #}
{% macro several(list) -%}
    case when len(list_distinct({{ list }})) > 1 then array_to_string(list_sort(list_distinct({{ list }})), ';') end
{%- endmacro %}

{# A list of {key, value: {string_value, int_value, ...}} records out of its JSON text, each value as text. #}
{% macro event_parameters(text) -%}
    list_transform(
        from_json(
            {{ as_json(text) }},
            '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"VARCHAR","float_value":"VARCHAR","double_value":"VARCHAR"}}]'
        ),
        lambda x : {
            'key': x.key,
            'value': coalesce(x.value.string_value, x.value.int_value, x.value.double_value, x.value.float_value)
        }
    )
{%- endmacro %}

{# The value of one key of that list. #}
{% macro event_parameter(list, key) -%}
    list_extract(list_filter({{ list }}, lambda x : x.key = '{{ key }}'), 1).value
{%- endmacro %}
