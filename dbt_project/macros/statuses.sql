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

{# How far an attributed order is: pending, paid, completed, settled or cancelled. A cancellation is
   believed before anything else, then the times, then the word; a word nobody knows says nothing.
   Without a time of payment (`paid_at` given and NULL) an order is pending. #}
{% macro attribution_status(meaning, settled_at=none, completed_at=none, paid_at=none) -%}
    case
        {%- if meaning %}
        when {{ meaning }} in ('cancelled', 'closed') or starts_with({{ meaning }}, 'refunded') then 'cancelled'
        {%- endif %}
        {%- if settled_at %}
        when {{ settled_at }} is not null then 'settled'
        {%- endif %}
        {%- if completed_at %}
        when {{ completed_at }} is not null then 'completed'
        {%- endif %}
        {%- if meaning %}
        when {{ meaning }} in ('settled', 'completed') then {{ meaning }}
        when {{ meaning }} in ('pending', 'pending_payment') then 'pending'
        when {{ meaning }} is not null then 'paid'
        {%- endif %}
        {%- if paid_at %}
        when {{ paid_at }} is null then 'pending'
        {%- endif %}
        else 'paid'
    end
{%- endmacro %}
