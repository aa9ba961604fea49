{#- A refund takes its purchase back: only lines that keep something as of the date count. -#}
with order_lines as (

    select * from {{ ref('order_lines') }}

),

behaviour_weights as (

    select * from {{ source('config', 'behaviour_weights') }}

),

kept as (

    select
        account_key,
        paid_date as event_date,
        category as interest
    from order_lines
    where
        account_key is not null
        and category is not null
        and paid_at < {{ as_of_end_at() }}
        and gross_amount - {{ refund_as_of() }} > 0

)

select
    kept.account_key,
    kept.event_date,
    kept.interest,
    count(*) * any_value(behaviour_weights.weight) as weight
from kept
inner join behaviour_weights on behaviour_weights.event_type = 'purchase'
group by all
