{#- What became of the money of every delivered row, as reconciliation tells it of the rows. Each number is counted
    where the money ended up, never as the rest: money in facts is read from the facts. -#}
with files as (

    select * from {{ source('raw', 'files') }}

),

superseded_rows as (

    select * from {{ ref('superseded_rows') }}

),

bad_rows as (

    select * from {{ ref('bad_rows') }}

),

mended_files as (

    select * from {{ ref('mended_files') }}

),

order_lines as (

    select * from {{ ref('order_lines') }}

),

-- A row tells the payment of its order, or else of its line.
order_rows as (

    select
        *,
        coalesce(order_amount, line_amount) as amount
    from {{ ref('order_rows') }}

),

orders as (

    select
        order_key,
        sum(gross_amount) as in_facts,
        bool_or(paid_at is not null) as is_paid
    from order_lines
    group by order_key

),

-- What became of each order row that counts.
placed as (

    select
        order_rows.source_export,
        order_rows.order_key,
        order_rows.order_line_key,
        order_rows.is_order_level,
        order_rows.order_amount,
        order_rows.amount,
        order_rows._exported_at,
        order_rows._source_hash,
        order_rows._row_number,
        case
            when orders.order_key is null then 'quarantined'
            when order_rows.is_order_level and orders.is_paid then 'paid'
            when not order_rows.is_order_level and order_lines.paid_at is not null then 'paid'
            else 'unpaid'
        end as outcome
    from order_rows
    left join orders on order_rows.order_key = orders.order_key
    left join order_lines on order_rows.order_line_key = order_lines.order_line_key

),

-- Of the rows that tell the payment of the whole order, one counts: that of the order, else the newest.
ranked as (

    select
        *,
        count(order_amount) over (partition by order_key) as telling_order,
        row_number() over (
            partition by order_key
            order by
                order_amount is null asc,
                is_order_level desc,
                _exported_at desc,
                _source_hash desc,
                order_line_key desc
        ) as place
    from placed
    where outcome = 'paid'

),

telling as (

    select
        *,
        place = 1 as is_first,
        place = 1 or telling_order = 0 as is_told
    from ranked

),

told as (

    select
        order_key,
        sum(amount) filter (where is_told) as amount
    from telling
    group by order_key

),

-- An order that the facts hold with another amount than was told differs where its first row came from.
order_money as (

    select
        telling._source_hash as source_hash,
        'order payments' as measure,
        case when telling.is_told then 'in facts' else 'repeated' end as outcome,
        coalesce(telling.amount, 0)
        + case when telling.is_first then orders.in_facts - coalesce(told.amount, 0) else 0 end as amount
    from telling
    inner join told on telling.order_key = told.order_key
    inner join orders on telling.order_key = orders.order_key

    union all

    select
        _source_hash as source_hash,
        'order payments' as measure,
        outcome,
        coalesce(amount, 0) as amount
    from placed
    where outcome <> 'paid'

    union all

    -- What a row does not tell itself, but an older delivery of it: there it counts as superseded.
    select
        _source_hash as source_hash,
        'order payments' as measure,
        'added' as outcome,
        filled_amount as amount
    from order_rows
    where filled_amount <> 0

    union all

    -- Money that no delivered row explains.
    select
        null as source_hash,
        'order payments' as measure,
        'in facts' as outcome,
        orders.in_facts as amount
    from orders
    anti join telling on orders.order_key = telling.order_key
    where orders.in_facts <> 0

),

spend_money as (

    select
        _source_hash as source_hash,
        'spend' as measure,
        case when is_counted then 'in facts' else 'repeated' end as outcome,
        cost as amount
    from {{ ref('spend') }}

    union all

    -- Lines of the facts that hold what remains between two reports.
    select
        _source_hash as source_hash,
        'spend' as measure,
        'added' as outcome,
        cost as amount
    from {{ ref('unallocated_spend') }}

),

other_money as (

    {%- for entity in money_entities() %}
    {% if not loop.first %}union all{% endif %}
    select
        _source_hash as source_hash,
        '{{ money_entities(entity, 'measure') }}' as measure,
        'in facts' as outcome,
        coalesce({{ money_entities(entity, 'amount') }}, 0) as amount
    from {{ ref(entity) }}
    where source_export in ({{ staged_export_names(entity) }})
    {%- endfor %}

),

delivered as (

    select
        'order payments' as measure,
        _source_hash,
        _row_number,
        _bad_column is not null as is_bad,
        coalesce(order_amount, line_amount, implied_line_amount) as amount
    from {{ ref('delivered_orders') }}

    union all

    select
        'spend' as measure,
        _source_hash,
        _row_number,
        _bad_column is not null as is_bad,
        cost as amount
    from {{ ref('delivered_spend') }}
    {%- for entity in money_entities() %}

    union all

    select
        '{{ money_entities(entity, 'measure') }}' as measure,
        _source_hash,
        _row_number,
        _bad_column is not null as is_bad,
        {{ money_entities(entity, 'amount') }} as amount
    from {{ ref('delivered_' ~ entity) }}
    {%- endfor %}

),

-- Rows that never reached the entity.
not_taken as (

    select
        delivered._source_hash as source_hash,
        delivered.measure,
        case
            when superseded_rows._source_hash is not null then 'superseded'
            when bad_rows.is_mended or mended_files.source_hash is not null then 'mended'
            else 'quarantined'
        end as outcome,
        delivered.amount
    from delivered
    left join superseded_rows
        on
            delivered._source_hash = superseded_rows._source_hash
            and delivered._row_number = superseded_rows._row_number
    left join bad_rows
        on delivered._source_hash = bad_rows.source_hash and delivered._row_number = bad_rows.row_number
    left join mended_files on delivered._source_hash = mended_files.source_hash
    where superseded_rows._source_hash is not null or bad_rows.source_hash is not null

),

outcomes as (

    select
        _source_hash as source_hash,
        measure,
        'delivered' as outcome,
        coalesce(amount, 0) as amount
    from delivered
    union all
    select
        source_hash,
        measure,
        outcome,
        coalesce(amount, 0) as amount
    from not_taken
    union all
    select * from order_money
    union all
    select * from spend_money
    union all
    select * from other_money

),

unreadable as (

    select
        _source_hash as source_hash,
        measure,
        count(*) as counted
    from delivered
    where is_bad and amount is null
    group by all

),

by_file as (

    select
        source_hash,
        measure,
        coalesce(sum(amount) filter (where outcome = 'delivered'), 0)::decimal(18, 2) as delivered,
        coalesce(sum(amount) filter (where outcome = 'in facts'), 0)::decimal(18, 2) as in_facts,
        coalesce(sum(amount) filter (where outcome = 'quarantined'), 0)::decimal(18, 2) as quarantined,
        coalesce(sum(amount) filter (where outcome = 'mended'), 0)::decimal(18, 2) as mended,
        coalesce(sum(amount) filter (where outcome = 'superseded'), 0)::decimal(18, 2) as superseded,
        coalesce(sum(amount) filter (where outcome = 'repeated'), 0)::decimal(18, 2) as repeated,
        coalesce(sum(amount) filter (where outcome = 'unpaid'), 0)::decimal(18, 2) as unpaid,
        coalesce(sum(amount) filter (where outcome = 'added'), 0)::decimal(18, 2) as added
    from outcomes
    group by
        source_hash,
        measure

)

select
    files.export as source_export,
    files.source_file,
    by_file.source_hash,
    by_file.measure,
    by_file.delivered,
    by_file.in_facts,
    by_file.quarantined,
    by_file.mended,
    by_file.superseded,
    by_file.repeated,
    by_file.unpaid,
    by_file.added,
    (
        by_file.delivered + by_file.added - by_file.in_facts - by_file.quarantined - by_file.mended
        - by_file.superseded - by_file.repeated - by_file.unpaid
    )::decimal(18, 2) as difference,
    coalesce(unreadable.counted, 0)::bigint as rows_unreadable
from by_file
left join files on by_file.source_hash = files.source_hash
left join unreadable
    on by_file.source_hash = unreadable.source_hash and by_file.measure = unreadable.measure
