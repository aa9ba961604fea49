{# Reports that tell the days they speak of in their rows, above their header, or only in their name. #}

{# The first day or range of days that a text names, as STRUCT(first_day, last_day) of VARCHAR, empty where it names
   none. When a file was exported is not its period: days with a clock time, epochs and stamps are left out. #}
{% macro days_named(text) -%}
    {%- set day = '20[0-9]{2}[-/.年_][0-9]{1,2}[-/.月_][0-9]{1,2}|20[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])' -%}
    {%- set clocked = '(?:' ~ day ~ ')日?[ T_-]+[0-2]?[0-9][:时.][0-5][0-9][0-9:分秒.]*' -%}
    {%- set stamp = '20[0-9]{6}[-_ ](?:[0-9]{6}|[0-9]{4})(?:$|[^0-9])|[0-9]{9,}' -%}
    {%- set range = '(?:^|[^0-9])(' ~ day ~ ')日?(?: *(?:~|～|至|到|-|–|—|_|,|to)+ *(' ~ day ~ '))?(?:$|[^0-9])' -%}
    regexp_extract(
        regexp_replace({{ half_width(text) }}, '(^|[^0-9])(?:{{ clocked }}|{{ stamp }})', '\1#', 'g'),
        '{{ range }}',
        ['first_day', 'last_day']
    )
{%- endmacro %}

{# One of these days as DATE. #}
{% macro day_named(text) -%}
    coalesce(
        try_strptime({{ text }}, '%Y%m%d')::date,
        try_cast(translate({{ text }}, '/._年月', '-----') as date)
    )
{%- endmacro %}

{# The rows of a relation with the days they speak of: period_start and period_end (either both or none), and
   period_end_text, which told them. The row's own date comes first, then the text above the header, then the name of
   the file. #}
{% macro with_period(relation) -%}
    select
        told.* exclude (_days),
        case when {{ last_day_named('told._days') }} is not null then {{ day_named('told._days.first_day') }} end as period_start,
        {{ last_day_named('told._days') }} as period_end
    from (
        select
            {{ relation }}.*,
            coalesce({{ relation }}.stat_date, {{ relation }}.report_title, {{ relation }}._source_file) as period_end_text,
            case
                when {{ to_date(relation ~ '.stat_date') }} is not null
                    then struct_pack(first_day := {{ to_date(relation ~ '.stat_date') }}::varchar, last_day := '')
                when {{ relation }}.stat_date is not null then {{ days_named(relation ~ '.stat_date') }}
                when {{ days_named(relation ~ '.report_title') }}.first_day <> '' then {{ days_named(relation ~ '.report_title') }}
                else {{ days_named("regexp_extract(" ~ relation ~ "._source_file, '[^/]*$')") }}
            end as _days
        from {{ relation }}
    ) as told
{%- endmacro %}

{# An item id in a text about one item: behind a word for it, or a number that is neither a time nor a day. #}
{% macro item_named(text) -%}
    coalesce(
        nullif(regexp_extract({{ text }}, '(?i)(?:商品|宝贝|item)[^0-9]{0,8}([0-9]{9,15})(?:$|[^0-9])', 1), ''),
        list_filter(
            regexp_extract_all({{ text }}, '[0-9]{11,}'),
            lambda digits: length(digits) <= 13
            and not regexp_full_match(digits, '1[5-9][0-9]{11}|20[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{4}')
        )[1]
    )
{%- endmacro %}

{# The last of the days; of a single day, that day; NULL when it lies before the first. #}
{% macro last_day_named(days) -%}
    case
        when {{ days }}.last_day = '' then {{ day_named(days ~ '.first_day') }}
        when {{ day_named(days ~ '.last_day') }} >= {{ day_named(days ~ '.first_day') }}
            then {{ day_named(days ~ '.last_day') }}
    end
{%- endmacro %}

{# The cells of a row typed as `checks` (see bad_column) says, each beside its text. Kinds text, value, period and item
   are typed by the view itself. #}
{% macro typed_cells(checks, relation) -%}
    {%- for column, typed, kind, required in checks if kind not in ('text', 'value', 'period', 'item') %}
    {{ relation }}.{{ column }} as {{ typed }}_text,
    {{ typed_cell(kind, relation ~ '.' ~ column) }} as {{ typed }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro typed_cell(kind, text) -%}
    {%- if kind in ('amount', 'money') -%} {{ to_money(text) }}
    {%- elif kind == 'integer' -%} {{ to_integer(text) }}
    {%- elif kind == 'number' -%} {{ to_number(text) }}
    {%- elif kind == 'rate' -%} {{ to_rate(text) }}
    {%- elif kind == 'duration' -%} {{ to_seconds(text) }}
    {%- elif kind == 'time' -%} {{ to_utc(text) }}
    {%- elif kind == 'date' -%} {{ to_date(text) }}
    {%- endif -%}
{%- endmacro %}

{# A readable thing's short id where the platform gives none. #}
{% macro made_up_id(expression) -%}
    left(md5({{ expression }}), 16)
{%- endmacro %}
