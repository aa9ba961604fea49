{# Rows of a delivered_* view that count: typed, and not replaced by a newer delivery. #}
{% macro current_rows(entity) %}
    select delivered.*
    from {{ ref('delivered_' ~ entity) }} as delivered
    anti join {{ ref('superseded_rows') }} as superseded
        on
            delivered._source_hash = superseded._source_hash
            and delivered._row_number = superseded._row_number
    where delivered._bad_column is null
{% endmacro %}

{# Files that arrived since the account-grain models last succeeded. #}
{% macro new_files() -%}
    (select source_hash from {{ source('raw', 'files') }} where is_new)
{%- endmacro %}

{# Days whose facts must be rebuilt because of new files. #}
{% macro touched_days() -%}
    (select event_date from {{ ref('touched_days') }} where source_hash in {{ new_files() }})
{%- endmacro %}

{# Incremental strategy of tables by day: the touched days are deleted whole, also those the new
   rows have left, and written anew. #}
{% macro get_incremental_touched_days_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }} where event_date in {{ touched_days() }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}

{# Part of a refund that was known at the end of the as-of day; an undated refund always counts. #}
{% macro refund_as_of(alias) -%}
    case
        when {{ alias }}.refunded_at is null or {{ alias }}.refunded_at < {{ as_of_end_at() }} then {{ alias }}.refund_amount
        else 0
    end
{%- endmacro %}

{# The events table of the last run, or none; models before it must not ref() it, it comes after them. #}
{% macro events_so_far() %}
    {% if not execute or should_full_refresh() %}{{ return(none) }}{% endif %}
    {{ return(adapter.get_relation(database=target.database, schema=this.schema, identifier='events')) }}
{% endmacro %}
