{# Families of event types, as an SQL list to stand behind `in`.
   visit: the person came by themselves; page_view: a page was shown; content: content was consumed;
   active: the person did something (AIPL interested); passive: something was shown to them (AIPL aware). #}
{% macro event_family(family) -%}
    {%- set visit = ['visit', 'view', 'search', 'click', 'favorite', 'cart', 'checkout', 'order', 'pay', 'follow', 'join'] -%}
    {%- set families = {
        'visit': visit,
        'page_view': ['visit', 'view', 'content_view'],
        'content': ['content_view'],
        'active': visit + ['like', 'comment', 'share'],
        'passive': ['expose', 'content_view'],
    } -%}
    ('{{ families[family] | join("', '") }}')
{%- endmacro %}
