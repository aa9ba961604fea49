with order_lines as (

    select * from {{ ref('order_lines') }}

)

select
    order_key,
    any_value(platform) as platform,
    max(account_key) as account_key,
    min(ordered_at) as ordered_at,
    min(paid_at) as paid_at,
    max(completed_at) as completed_at,
    -- An order is as far as the line that is least far; lines sent back do not hold it up.
    case
        when count(*) filter (where status not in ('closed', 'refunded')) = 0
            then case when bool_or(status = 'refunded') then 'refunded' else 'closed' end
        when bool_or(status = 'pending') then 'pending'
        when bool_or(status = 'paid') then 'paid'
        when bool_or(status = 'shipped') then 'shipped'
        else 'completed'
    end as status,
    sum(gross_amount)::decimal(18, 2) as gross_amount,
    sum(refund_amount)::decimal(18, 2) as refund_amount,
    sum(net_amount)::decimal(18, 2) as net_amount,
    count(*) as line_count,
    arg_min(currency, order_line_key) as currency,
    arg_min(province, order_line_key) as province,
    arg_min(city, order_line_key) as city,
    arg_min(traffic_source, order_line_key) as traffic_source,
    arg_min(campaign, order_line_key) as campaign,
    arg_min(channel, (case when traffic_source is null then 1 else 0 end, order_line_key)) as channel
from order_lines
group by order_key
