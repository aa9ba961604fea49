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

{# Part of a refund that was known at the end of the as-of day; an undated refund always counts. #}
{% macro refund_as_of(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    case
        when {{ prefix }}refunded_at is null or {{ prefix }}refunded_at < {{ as_of_end_at() }}
            then {{ prefix }}refund_amount
        else 0
    end
{%- endmacro %}
