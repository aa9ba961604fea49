{# Money between platform and merchant: what the entries of their ledgers are, and which way they go. #}

{# The type of a ledger entry from the platform's words; what no word tells is `other`. The order counts:
   a returned commission is a commission, the insurance of a freight is insurance. #}
{% macro entry_type_of(text) -%}
    case
        {%- for pattern, type in [
            ('佣金|多多进宝|返佣|分销|分账', 'commission'),
            ('运费险|保险|保费', 'insurance'),
            ('服务费|手续费|渠道费|质检费', 'service_fee'),
            ('运费|快递|物流|邮费', 'freight'),
            ('推广|广告|直通车|千川|聚光', 'ad'),
            ('价保|赔付|赔偿|罚款|违约|延迟发货|缺货', 'compensation'),
            ('提现|转出', 'withdrawal'),
            ('充值|转入', 'top_up'),
            ('优惠券|补贴|红包|立减|津贴', 'subsidy'),
            ('退款|退回|退货', 'refund'),
            ('货款|交易|订单|收入|结算', 'goods'),
        ] %}
        when regexp_matches({{ text }}, '{{ pattern }}') then '{{ type }}'
        {%- endfor %}
        else 'other'
    end
{%- endmacro %}

{# Goods that take money from the merchant are a refund. #}
{% macro goods_or_refund(entry_type, net_amount) -%}
    case when {{ entry_type }} = 'goods' and {{ net_amount }} < 0 then 'refund' else {{ entry_type }} end
{%- endmacro %}

{# Fees with the sign they have in the net amount. Platforms write what they keep as -5.00 or as 5.00; `rest` is
   what the row must still take off, and the sign that comes nearer to it is the right one. #}
{% macro signed_fees(fees, rest) -%}
    (case when abs(({{ rest }}) + ({{ fees }})) < abs(({{ rest }}) - ({{ fees }})) then -1 else 1 end * ({{ fees }}))::decimal(18, 2)
{%- endmacro %}

{# The one amount of a ledger entry in the column its type belongs to; the parts always sum to net_amount. #}
{% macro entry_amounts() -%}
    case when entry_type in ('goods', 'refund', 'subsidy') then net_amount else 0 end as goods_amount,
    case when entry_type = 'freight' then net_amount else 0 end as freight_amount,
    case
        when entry_type in ('commission', 'service_fee', 'insurance', 'compensation', 'ad', 'ad_refund') then net_amount
        else 0
    end as fee_amount,
    case when entry_type in ('top_up', 'prepayment', 'withdrawal', 'other') then net_amount else 0 end as other_amount,
    net_amount,
    case when entry_type = 'commission' then net_amount else 0 end as commission_amount
{%- endmacro %}
