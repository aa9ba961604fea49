{# Which staging view delivers which export, by the entity its rows become. A new export is one view
   and one line here. #}
{% macro staged_exports(entity) %}
    {% set exports = {
        'orders': {
            'taobao.order_list.legacy': 'stg_taobao__order_list_legacy',
            'taobao.item_list.legacy': 'stg_taobao__item_list_legacy',
            'taobao.order_list.qianniu': 'stg_taobao__order_list_qianniu',
            'taobao.item_list.qianniu': 'stg_taobao__item_list_qianniu',
            'jd.order': 'stg_jd__order',
            'pdd.order': 'stg_pdd__order',
            'douyin.order': 'stg_douyin__order',
            'kuaishou.order': 'stg_kuaishou__order',
            'xiaohongshu.order': 'stg_xiaohongshu__order',
            'wechat.shop_order': 'stg_wechat__shop_order',
            'youzan.orders': 'stg_youzan__orders',
            'youzan.order_items': 'stg_youzan__order_items',
            'shopify.orders': 'stg_shopify__orders',
            'woocommerce.analytics_orders': 'stg_woocommerce__analytics_orders',
            'amazon.all_orders': 'stg_amazon__all_orders',
            'amazon.orders_detail': 'stg_amazon__orders_detail',
            'generic.orders': 'stg_generic__orders',
        },
        'refund_cases': {
            'taobao.refund': 'stg_taobao__refund',
            'douyin.aftersale': 'stg_douyin__aftersale',
            'kuaishou.aftersale': 'stg_kuaishou__aftersale',
            'youzan.aftersale': 'stg_youzan__aftersale',
            'woocommerce.analytics_orders': 'stg_woocommerce__refunds',
        },
        'events': {
            'sensors.event': 'stg_sensors__event',
            'ga4.bigquery': 'stg_ga4__bigquery',
            'segment.track': 'stg_segment__track',
            'snowplow.enriched_tsv': 'stg_snowplow__enriched_tsv',
            'generic.events': 'stg_generic__events',
        },
        'customers': {
            'shopify.customers': 'stg_shopify__customers',
            'wecom.customers': 'stg_wecom__customers',
            'wecom.api': 'stg_wecom__api',
            'wechat.official_account_users': 'stg_wechat__official_account_users',
            'generic.customers': 'stg_generic__customers',
            'generic.identities': 'stg_generic__identities',
        },
        'spend': {
            'taobao.wanxiangtai.report': 'stg_taobao__wanxiangtai_report',
            'taobao.zhitongche.report': 'stg_taobao__zhitongche_report',
            'jd.jingzhuntong': 'stg_jd__jingzhuntong',
            'pdd.ads.goods': 'stg_pdd__ads_goods',
            'pdd.duoduo_jinbao': 'stg_pdd__duoduo_jinbao',
            'douyin.qianchuan.plan': 'stg_douyin__qianchuan_plan',
            'douyin.qianchuan.uni': 'stg_douyin__qianchuan_uni',
            'kuaishou.niu': 'stg_kuaishou__niu',
            'xiaohongshu.juguang': 'stg_xiaohongshu__juguang',
            'wechat.channels_heating': 'stg_wechat__channels_heating',
            'generic.spend': 'stg_generic__spend',
        },
        'touches': {
            'aliyun.sms_details': 'stg_aliyun__sms_details',
            'generic.touch_log': 'stg_generic__touch_log',
        },
        'consents': {'generic.consents': 'stg_generic__consents'},
        'referrals': {'generic.referrals': 'stg_generic__referrals'},
        'corrections': {'generic.corrections': 'stg_generic__corrections'},
        'item_reports': {
            'taobao.sycm.item_rank': 'stg_taobao__sycm_item_rank',
            'jd.shangzhi.item': 'stg_jd__shangzhi_item',
            'douyin.compass.item': 'stg_douyin__compass_item',
        },
        'traffic_reports': {
            'taobao.sycm.shop_flow_source': 'stg_taobao__sycm_shop_flow_source',
            'taobao.sycm.item_flow_source': 'stg_taobao__sycm_item_flow_source',
        },
        'live_reports': {'douyin.compass.live': 'stg_douyin__compass_live'},
        'video_reports': {'douyin.compass.video': 'stg_douyin__compass_video'},
        'note_reports': {'xiaohongshu.notes': 'stg_xiaohongshu__notes'},
        'shop_reports': {
            'pdd.overview': 'stg_pdd__overview',
            'kuaishou.overview': 'stg_kuaishou__overview',
            'youzan.overview': 'stg_youzan__overview',
        },
        'reviews': {'taobao.sycm.reviews': 'stg_taobao__sycm_reviews'},
        'order_attributions': {
            'taobao.cps_orders': 'stg_taobao__cps_orders',
            'taobao.cps_unbilled_orders': 'stg_taobao__cps_unbilled_orders',
            'taobao.sycm.live_orders': 'stg_taobao__sycm_live_orders',
            'jd.jingtiaoke_orders': 'stg_jd__jingtiaoke_orders',
            'jd.jingtiaoke_refunds': 'stg_jd__jingtiaoke_refunds',
            'douyin.alliance_orders': 'stg_douyin__alliance_orders',
            'xiaohongshu.cps_orders': 'stg_xiaohongshu__cps_orders',
        },
        'settlements': {
            'taobao.alimama.account_flow': 'stg_taobao__alimama_account_flow',
            'jd.ad_account_flow': 'stg_jd__ad_account_flow',
            'pdd.ads.account_flow': 'stg_pdd__ads_account_flow',
            'xiaohongshu.ad_account_flow': 'stg_xiaohongshu__ad_account_flow',
            'taobao.alimama.coupon_flow': 'stg_taobao__alimama_coupon_flow',
            'douyin.qianchuan.account_flow': 'stg_douyin__qianchuan_account_flow',
            'kuaishou.ad_account_flow': 'stg_kuaishou__ad_account_flow',
            'jd.settlement': 'stg_jd__settlement',
            'pdd.bill': 'stg_pdd__bill',
            'douyin.settlement': 'stg_douyin__settlement',
            'douyin.funds_flow': 'stg_douyin__funds_flow',
            'douyin.qic_fees': 'stg_douyin__qic_fees',
            'douyin.shipping_insurance': 'stg_douyin__shipping_insurance',
            'kuaishou.settlement': 'stg_kuaishou__settlement',
            'kuaishou.account_flow': 'stg_kuaishou__account_flow',
            'kuaishou.shipping_insurance': 'stg_kuaishou__shipping_insurance',
            'xiaohongshu.settlement': 'stg_xiaohongshu__settlement',
            'xiaohongshu.account_flow': 'stg_xiaohongshu__account_flow',
            'xiaohongshu.service_fees': 'stg_xiaohongshu__service_fees',
            'wechat.shop_funds_flow': 'stg_wechat__shop_funds_flow',
            'wechat.shop_qic_fees': 'stg_wechat__shop_qic_fees',
        },
        'coupon_costs': {'jd.promotion_split': 'stg_jd__promotion_split'},
        'coupon_reports': {'taobao.sycm.coupon': 'stg_taobao__sycm_coupon'},
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

{# The entities whose newer deliveries replace older ones; with an argument, those of one kind. 'row': each row
   has a key of its own, and the newest row of a key counts. 'partition': a report restates whole days, and of the
   newest file that has the key all rows count. (Events have a way of their own: they are too many to
   rank at once.) The table of an entity has _source_hash and source_export, or reconciliation could not
   find its rows. #}
{% macro entities(newest=none) %}
    {% set all = {
        'orders': 'row',
        'refund_cases': 'row',
        'customers': 'row',
        'touches': 'row',
        'consents': 'row',
        'referrals': 'row',
        'corrections': 'row',
        'order_attributions': 'row',
        'settlements': 'row',
        'coupon_costs': 'row',
        'spend': 'partition',
        'item_reports': 'partition',
        'traffic_reports': 'partition',
        'live_reports': 'partition',
        'video_reports': 'partition',
        'note_reports': 'partition',
        'shop_reports': 'partition',
        'reviews': 'row',
        'coupon_reports': 'partition',
    } %}
    {% set names = [] %}
    {% for name, kind in all.items() if newest is none or kind == newest %}
        {% do names.append(name) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{# The names of the staged exports of an entity, or of all, as a list of SQL strings. #}
{% macro staged_export_names(entity=none) -%}
    {%- set names = [] -%}
    {%- for each in ([entity] if entity else ['events'] + entities()) -%}
        {%- do names.extend(staged_exports(each).keys()) -%}
    {%- endfor -%}
    '{{ names | join("', '") }}'
{%- endmacro %}

{# Money of the entities whose table has a row for each delivered row that counts; every cent of it is reconciled.
   Without arguments their names; else what the money of one is, or its amount, an expression on the columns of
   both delivered_<entity> and <entity>. (Order payments and spend are told several times over, and have rules of
   their own.) #}
{% macro money_entities(entity=none, what=none) %}
    {% set money = {
        'settlements': {'measure': 'settlements', 'amount': 'net_amount'},
        'coupon_costs': {
            'measure': 'coupon costs',
            'amount': 'coalesce(platform_amount, 0) + coalesce(merchant_amount, 0) + coalesce(government_amount, 0)',
        },
        'touches': {'measure': 'touch costs', 'amount': 'cost'},
    } %}
    {{ return(money.keys() | list if entity is none else money[entity][what]) }}
{% endmacro %}
