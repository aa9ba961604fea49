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

{# Part of a refund that was known at the end of the as-of day, or at another instant; an undated refund always
   counts. dated_refunds is there where money went back at several times: what is not in it has no time. #}
{% macro refund_as_of(alias=none, instant=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- set until = instant or as_of_end_at() -%}
    case
        when {{ prefix }}dated_refunds is not null
            then {{ prefix }}refund_amount - coalesce(
                list_sum([part['refund_amount'] for part in {{ prefix }}dated_refunds if part['refunded_at'] >= {{ until }}]), 0
            )
        when {{ prefix }}refunded_at is null or {{ prefix }}refunded_at < {{ until }}
            then {{ prefix }}refund_amount
        else 0
    end
{%- endmacro %}

{# The dated refunds of a line, cut where its whole refund ends. #}
{% macro refund_list(cases, refund_amount) -%}
    [
        {
            'refunded_at': part['refunded_at'],
            'refund_amount': (
                least(part['refunded_so_far'], {{ refund_amount }})
                - least(part['refunded_so_far'] - part['refund_amount'], {{ refund_amount }})
            )::decimal(18, 2)
        }
        for part in {{ cases }}
    ]
{%- endmacro %}

{# Where the good rows of an entity came from, with the key that a newer delivery of a row shares. #}
{% macro lineage_of_good_rows(entity) %}
    select
        source_export,
        '{{ entity }}' as entity,
        _key,
        _exported_at,
        _source_hash,
        _row_number
    from {{ ref('delivered_' ~ entity) }}
    where _bad_column is null
{% endmacro %}
