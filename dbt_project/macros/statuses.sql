{# The status words of an export and what its contract says they mean; a merchant's own contract adds words. #}
{% macro status_words(export) -%}
    select
        {{ plain_word('status_text') }} as word,
        min(status) as meaning
    from {{ source('raw', 'statuses') }}
    where export = '{{ export }}'
    group by all
{%- endmacro %}

{# The status of an order from what its word means; a meaning we do not know stays NULL. #}
{% macro order_status(meaning) -%}
    case
        when {{ meaning }} in ('pending', 'pending_payment', 'authorized') then 'pending'
        when {{ meaning }} in (
            'paid', 'pending_group', 'on_hold', 'partially_paid', 'partially_shipped', 'partially_refunded'
        ) then 'paid'
        when {{ meaning }} = 'shipped' then 'shipped'
        when {{ meaning }} = 'completed' then 'completed'
        when {{ meaning }} in ('closed', 'cancelled') then 'closed'
        when starts_with({{ meaning }}, 'refunded') then 'refunded'
    end
{%- endmacro %}
