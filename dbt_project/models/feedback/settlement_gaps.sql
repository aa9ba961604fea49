{{ config(tags=['person_grain']) }}

with

orders as (

    select
        order_key,
        platform,
        net_amount
    from {{ ref('paid_orders') }}

),

entries as (

    select
        platform,
        ledger,
        order_key,
        goods_amount + freight_amount as settled_amount
    from {{ ref('settlements') }}
    where
        ledger in ('statement', 'account')
        and entry_type in ('goods', 'refund', 'subsidy', 'freight')
        and (settlement_date <= {{ as_of() }} or settlement_date is null)

),

-- Statements and the account tell the same money: of a platform with statements only these count.
ledgers as (

    select
        platform,
        case when bool_or(ledger = 'statement') then 'statement' else 'account' end as ledger
    from entries
    group by platform

),

settled as (

    select
        entries.platform,
        entries.order_key,
        sum(entries.settled_amount) as settled_amount
    from entries
    inner join ledgers
        on
            entries.platform = ledgers.platform
            and entries.ledger = ledgers.ledger
    group by
        entries.platform,
        entries.order_key

),

compared as (

    select
        coalesce(orders.platform, settled.platform) as platform,
        orders.net_amount,
        settled.settled_amount,
        case
            when settled.order_key is null and orders.order_key is null then 'no order named'
            when orders.order_key is null then 'order unknown'
            when settled.order_key is null then 'not settled'
            when settled.settled_amount = orders.net_amount then 'equal'
            when settled.settled_amount < orders.net_amount then 'settled less'
            else 'settled more'
        end as state
    from orders
    full outer join settled on orders.order_key = settled.order_key

)

-- Platforms of which no settlement was ever delivered have nothing to compare.
select
    compared.platform,
    compared.state,
    count(*) as orders,
    cast(coalesce(sum(compared.net_amount), 0) as decimal(18, 2)) as net_amount,
    cast(coalesce(sum(compared.settled_amount), 0) as decimal(18, 2)) as settled_amount,
    cast(
        coalesce(sum(compared.settled_amount), 0) - coalesce(sum(compared.net_amount), 0) as decimal(18, 2)
    ) as difference
from compared
inner join ledgers on compared.platform = ledgers.platform
group by
    compared.platform,
    compared.state
