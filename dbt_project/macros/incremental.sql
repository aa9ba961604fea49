{# Incremental strategy of tables by day: the touched days are deleted whole, also those the new
   rows have left, and written anew. #}
{% macro get_incremental_touched_days_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }} where event_date in {{ touched_days() }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}

{# The events table of the last run, or none; models before it must not ref() it, it comes after them. #}
{% macro events_so_far() %}
    {% if not execute or should_full_refresh() %}{{ return(none) }}{% endif %}
    {{ return(adapter.get_relation(database=target.database, schema=this.schema, identifier='events')) }}
{% endmacro %}
