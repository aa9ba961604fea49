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
        when {{ meaning }} in ('completed', 'received') then 'completed'
        when {{ meaning }} in ('closed', 'cancelled', 'failed') then 'closed'
        when {{ meaning }} = 'returned' or starts_with({{ meaning }}, 'refunded') then 'refunded'
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

{# Whether the after-sales cell of an order says that the money went back; it never says how much. #}
{% macro is_refund_done(text) -%}
    (contains({{ text }}, '退款成功') or contains({{ text }}, '全额退款'))
{%- endmacro %}

{# How far an after-sales case is, from what its word means; a meaning we do not know stays NULL. #}
{% macro refund_state(meaning) -%}
    case
        when {{ meaning }} in ('requested', 'refund_requested') then 'requested'
        when {{ meaning }} in ('processing', 'refund_processing', 'refund_wait_return') then 'processing'
        when starts_with({{ meaning }}, 'refunded') then 'refunded'
        when {{ meaning }} in ('closed', 'refund_closed') then 'closed'
    end
{%- endmacro %}

{# A case that ended well without money, such as an exchange, is closed, not refunded. #}
{% macro case_state(state, amount) -%}
    case when {{ state }} = 'refunded' and {{ amount }} = 0 then 'closed' else {{ state }} end
{%- endmacro %}

{# What the buyer asked for. The oldest files only say whether goods go back: 是, 否, or 不需要退货. #}
{% macro refund_kind(text) -%}
    case
        when {{ text }} is null then null
        when contains({{ text }}, '换') then 'exchange'
        when contains({{ text }}, '维修') then 'repair'
        when contains({{ text }}, '补寄') then 'resend'
        when {{ text }} in ('否', '无需退货') or starts_with({{ text }}, '不') then 'refund'
        when {{ text }} = '是' or contains({{ text }}, '退货') then 'return'
        when contains({{ text }}, '退款') then 'refund'
        else 'other'
    end
{%- endmacro %}

{# The money of a case: an empty cell is 0 unless the case ended with a refund, which must say how much. #}
{% macro refunded_money(amount, text, meaning, kind_text) -%}
    coalesce(
        {{ amount }},
        case
            when
                {{ text }} is null
                and (
                    not starts_with(coalesce({{ meaning }}, ''), 'refunded')
                    or coalesce({{ refund_kind(kind_text) }} in ('exchange', 'repair', 'resend'), false)
                )
                then 0
        end
    )
{%- endmacro %}
