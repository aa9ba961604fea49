{# Which staging view delivers which export, by the entity its rows become. A new export is one view
   and one line here. #}
{% macro staged_exports(entity) %}
    {% set exports = {
        'orders': {
            'taobao.order_list.legacy': 'stg_taobao__order_list_legacy',
            'taobao.item_list.legacy': 'stg_taobao__item_list_legacy',
            'jd.order': 'stg_jd__order',
            'pdd.order': 'stg_pdd__order',
            'douyin.order': 'stg_douyin__order',
            'youzan.order_items': 'stg_youzan__order_items',
            'shopify.orders': 'stg_shopify__orders',
            'generic.orders': 'stg_generic__orders',
        },
        'events': {
            'sensors.event': 'stg_sensors__event',
            'generic.events': 'stg_generic__events',
        },
        'customers': {
            'shopify.customers': 'stg_shopify__customers',
            'wecom.customers': 'stg_wecom__customers',
            'wecom.api': 'stg_wecom__api',
            'generic.customers': 'stg_generic__customers',
            'generic.identities': 'stg_generic__identities',
        },
        'spend': {
            'taobao.wanxiangtai.report': 'stg_taobao__wanxiangtai_report',
            'douyin.qianchuan.plan': 'stg_douyin__qianchuan_plan',
            'generic.spend': 'stg_generic__spend',
        },
        'touches': {'generic.touch_log': 'stg_generic__touch_log'},
        'consents': {'generic.consents': 'stg_generic__consents'},
        'referrals': {'generic.referrals': 'stg_generic__referrals'},
        'corrections': {'generic.corrections': 'stg_generic__corrections'},
    } %}
    {{ return(exports[entity]) }}
{% endmacro %}

{# All exports of an entity, one below the other; a view without a column gives NULL for it. #}
{% macro union_exports(entity) %}
    {%- for export, view in staged_exports(entity).items() %}
    {% if not loop.first %}union all by name{% endif %}
    select *, '{{ export }}' as source_export from {{ ref(view) }}
    {%- endfor %}
{% endmacro %}

{# The names of the staged exports of an entity, or of all, as a list of SQL strings. #}
{% macro staged_export_names(entity=none) -%}
    {%- set names = [] -%}
    {%- set entities = [entity] if entity else [
        'orders', 'events', 'customers', 'spend', 'touches', 'consents', 'referrals', 'corrections'
    ] -%}
    {%- for each in entities -%}
        {%- do names.extend(staged_exports(each).keys()) -%}
    {%- endfor -%}
    '{{ names | join("', '") }}'
{%- endmacro %}
