{# What RFM scores are made of, from a CTE `orders` (one_id, order_date, net_amount, platform, top_category) of orders that
   count: those of the rfm.window_days that end with `last_day`. Platform and category are where most was spent; ties go to the first by name. #}
{% macro rfm_measures(last_day) %}
in_window as (

    select *
    from orders
    where
        order_date > {{ last_day }} - cast({{ parameter('rfm.window_days') }} as integer)
        and order_date <= {{ last_day }}

),

{% for name, column in (('platform', 'platform'), ('category', 'top_category')) %}
by_{{ name }} as (

    select
        one_id,
        {{ column }} as {{ name }},
        row_number() over (partition by one_id order by sum(net_amount) desc, {{ column }} asc) as place
    from in_window
    where {{ column }} is not null
    group by one_id, {{ column }}

),
{% endfor %}

measured as (

    select
        one_id,
        {{ last_day }} - max(order_date) as recency_days,
        count(*) as frequency,
        cast(sum(net_amount) as decimal(18, 2)) as monetary
    from in_window
    group by one_id

),

final as (

    select
        measured.one_id,
        measured.recency_days,
        measured.frequency,
        measured.monetary,
        by_platform.platform,
        by_category.category
    from measured
    left join by_platform
        on measured.one_id = by_platform.one_id and by_platform.place = 1
    left join by_category
        on measured.one_id = by_category.one_id and by_category.place = 1

)
{% endmacro %}
