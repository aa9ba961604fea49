{{ config(tags=['person_grain']) }}

with

orders as (

    select * from {{ ref('user_orders') }}

),

{{ rfm_measures(as_of()) }}

select * from final
