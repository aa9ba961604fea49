{# The day a report row is about. A range that begins and ends on the same day is that day; a longer one is
   no day, and to spread its cost over days would be a guess. #}
{% macro report_day(text) -%}
    {%- set dates -%}
        regexp_extract_all({{ text }}, '[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|(?:19|20)[0-9]{6}')
    {%- endset -%}
    coalesce(
        {{ to_date(text) }},
        case
            when {{ is_period(text) }} and len({{ dates }}) = 2
                then case
                    when {{ to_date(dates ~ '[1]') }} = {{ to_date(dates ~ '[2]') }}
                        then {{ to_date(dates ~ '[1]') }}
                end
        end
    )
{%- endmacro %}

{# Whether a cell that should be a day names more: from a day to a day, a week, a month. #}
{% macro is_period(text) -%}
    regexp_matches(
        {{ text }},
        '^\s*([0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|(19|20)[0-9]{6}).*(~|～|至|到|—|–|-|to)\s*[0-9]'
        || '|^\s*[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}\s*月?\s*$|周'
    )
{%- endmacro %}

{# How fine a report is, from the columns that its file fills; `levels` go from the finest to the coarsest, each
   with the columns that name it. Reports of one tool at several levels tell the same money. A report that fills
   none of them is one of the account. Two columns: report, report_rank (1 is the finest). #}
{% macro report_level(levels, alias='raw') -%}
    case
        {%- for level, columns in levels.items() %}
        when {{ file_fills(columns, alias) }} then '{{ level }}'
        {%- endfor %}
        else 'account'
    end as report,
    case
        {%- for level, columns in levels.items() %}
        when {{ file_fills(columns, alias) }} then {{ loop.index }}
        {%- endfor %}
        else {{ levels | length + 1 }}
    end as report_rank
{%- endmacro %}

{# Whether any row of the file has a value in one of these columns. #}
{% macro file_fills(columns, alias='raw') -%}
    bool_or({% for column in columns %}{{ alias }}.{{ column }} is not null
        {%- if not loop.last %} or {% endif %}{% endfor %}) over (partition by {{ alias }}._source_hash)
{%- endmacro %}

{# The advertiser account that a report names. NULL: the report has no such column, and its file stands for
   all accounts; 'none': it has one, empty in this row. #}
{% macro advertiser_of(columns, alias='raw') -%}
    coalesce(
        {%- for column in columns %}
        {{ alias }}.{{ column }},
        {%- endfor %}
        case when {{ file_fills(columns, alias) }} then 'none' end
    )
{%- endmacro %}

{# What a newer report replaces whole: a day of an account in a report of this tool and level. #}
{% macro report_partition() -%}
    concat_ws('|', spend_date, tool, report, advertiser)
{%- endmacro %}

{# An empty cell of an ad report is no spend. #}
{% macro report_cost(text) -%}
    coalesce({{ to_money(text) }}, case when {{ text }} is null then 0 end)
{%- endmacro %}
