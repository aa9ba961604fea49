{# The lifecycle stage of a person as of one day, total and exclusive; bounds are half-open, [from, to).
   All arguments are SQL expressions, read at `on_date`: `orders` (0 for none), the local dates of the first and
   last order that counts, and the last day the person came by themselves (null for never).
   Written once because the stage of the day before is computed with the same words, never stored. #}
{% macro lifecycle_stage(on_date, orders, first_order_date, last_order_date, last_visit_date) -%}
    {%- set since_last = "date_diff('day', " ~ last_order_date ~ ", " ~ on_date ~ ")" -%}
    {%- set since_first = "date_diff('day', " ~ first_order_date ~ ", " ~ on_date ~ ")" -%}
    {%- set mean_gap = "(date_diff('day', " ~ first_order_date ~ ", " ~ last_order_date ~ ") / cast(greatest(" ~ orders ~ " - 1, 1) as double))" -%}
    {%- set rhythm = since_last ~ " / greatest(" ~ mean_gap ~ ", " ~ parameter('lifecycle.minimum_gap_days') ~ ")" -%}
    case
        when {{ orders }} = 0
            then case
                when date_diff('day', {{ last_visit_date }}, {{ on_date }}) < {{ parameter('lifecycle.visitor_days') }}
                    then 'new_visitor'
                else 'potential'
            end
        when {{ since_first }} < {{ parameter('lifecycle.new_days') }} then 'new_customer'
        when {{ orders }} = 1
            then case
                when {{ since_last }} < {{ parameter('lifecycle.active_days') }} then 'active'
                when {{ since_last }} < {{ parameter('lifecycle.sleeping_days') }} then 'sleeping'
                when {{ since_last }} < {{ parameter('lifecycle.warning_days') }} then 'churn_warning'
                else 'lost'
            end
        when {{ rhythm }} < {{ parameter('lifecycle.active_ratio') }}
            then case
                when {{ orders }} >= {{ parameter('lifecycle.loyal_orders') }} then 'loyal'
                else 'active'
            end
        when {{ rhythm }} < {{ parameter('lifecycle.sleeping_ratio') }} then 'sleeping'
        when {{ rhythm }} < {{ parameter('lifecycle.warning_ratio') }} then 'churn_warning'
        else 'lost'
    end
{%- endmacro %}

{# What the merchant wants next from a person in the stage. #}
{% macro operating_goal(stage) -%}
    case {{ stage }}
        when 'potential' then 'take_in'
        when 'new_visitor' then 'convert'
        when 'new_customer' then 'grow'
        when 'active' then 'grow'
        when 'loyal' then 'keep'
        when 'sleeping' then 'wake'
        when 'churn_warning' then 'win_back'
        when 'lost' then 'win_back'
    end
{%- endmacro %}
