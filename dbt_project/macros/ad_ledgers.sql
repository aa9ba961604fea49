{# Ledgers of ad accounts: what moved the money that ads are paid from. What ads cost counts in the ad reports. #}

{# The type of an entry from the platform's words; what no word tells is `other`. The order counts: a deduction
   that was given back is a refund. #}
{% macro ad_entry_type(text) -%}
    case
        {%- for pattern, type in [
            ('退款|退回|退还|返还|冲正', 'ad_refund'),
            ('充值|转入|存入|领取|发放|获得', 'top_up'),
            ('提现|转出|过期|失效|作废|清零|回收', 'withdrawal'),
            ('预付|付款|冻结', 'prepayment'),
            ('消耗|消费|扣款|扣费|花费|使用|抵扣|投放|推广|结算', 'ad'),
        ] %}
        when regexp_matches({{ text }}, '{{ pattern }}') then '{{ type }}'
        {%- endfor %}
        else 'other'
    end
{%- endmacro %}

{# The amount with its sign, positive to the merchant: as the direction says, else as the type means, else as
   it was written. #}
{% macro ad_entry_amount(amount, type, direction='null') -%}
    (
        case
            when {{ direction }} = 'in' then abs({{ amount }})
            when {{ direction }} = 'out' then -abs({{ amount }})
            when {{ type }} in ('ad_refund', 'top_up') then abs({{ amount }})
            when {{ type }} in ('ad', 'prepayment', 'withdrawal') then -abs({{ amount }})
            else {{ amount }}
        end
    )::decimal(18, 2)
{%- endmacro %}

{# The columns of every ad ledger before its amounts: no entry names an order. #}
{% macro ad_entry(platform) -%}
    '{{ platform }}' as platform,
    'ads' as ledger,
    null::varchar as order_id,
    null::varchar as line_id,
    null::varchar as item_id,
    entry_type,
    entry_text,
    settled_at,
    settlement_date
{%- endmacro %}

{# Amounts of a row that is a whole day of an account: what ads took, and what was moved in and out. #}
{% macro ad_day_amounts() -%}
    0::decimal(18, 2) as goods_amount,
    0::decimal(18, 2) as freight_amount,
    (-cost)::decimal(18, 2) as fee_amount,
    moved_amount::decimal(18, 2) as other_amount,
    (moved_amount - cost)::decimal(18, 2) as net_amount,
    0::decimal(18, 2) as commission_amount
{%- endmacro %}
