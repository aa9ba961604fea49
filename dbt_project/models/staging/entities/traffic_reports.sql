{#- Nodes of the trees of traffic sources: a parent is told beside its children, and holds them once more.
    Whether a node is a leaf is seen from the others, not from the words for a total: a report cut short
    has parents without children. -#}
with current_rows as (
    {{ current_rows('traffic_reports') }}
),

nodes as (

    select
        *,
        list_filter(
            [source_l1, source_l2, source_l3, source_l4],
            lambda name: name is not null and name not in ('汇总', '总计', '合计', '小计')
        ) as source_path,
        concat_ws('|', _source_hash, period_start, period_end, item_id, carrier) as tree
    from current_rows

),

parents as (

    select distinct
        nodes.tree,
        nodes.source_path[1:above.level] as source_path
    from nodes
    cross join range(4) as above (level)
    where above.level < len(nodes.source_path)

),

names as (

    select distinct
        platform,
        source_path,
        lower({{ plain_word('unnest(source_path)') }}) as name,
        generate_subscripts(source_path, 1) as level
    from nodes

),

-- The deepest name that means something; the platform's own words go before everybody's.
known as (

    select
        names.platform,
        names.source_path,
        arg_max(words.channel, (names.level, words.platform <> '*')) as channel
    from names
    inner join {{ ref('traffic_sources') }} as words
        on
            names.name = words.traffic_source
            and words.platform in (names.platform, '*')
    group by names.platform, names.source_path

)

select
    nodes.platform,
    case when nodes.period_start = nodes.period_end then nodes.period_start end as report_date,
    nodes.period_start,
    nodes.period_end,
    nodes.item_id,
    nodes.carrier,
    nodes.source_path,
    nodes.source_path[-1] as source_name,
    len(nodes.source_path) as level,
    -- A node told twice is one node.
    parents.tree is null
    and row_number() over (partition by nodes.tree, nodes.source_path order by nodes._row_number) = 1 as is_leaf,
    coalesce(known.channel, 'other') as channel,
    nodes.visitors,
    nodes.new_visitors,
    nodes.average_stay_seconds,
    nodes.item_click_users,
    nodes.cart_users,
    nodes.add_to_carts,
    nodes.favorites,
    nodes.followers,
    nodes.buyers,
    nodes.conversion_rate,
    nodes.gross_amount,
    nodes.ordering_buyers,
    nodes.ordered_amount,
    nodes.ordering_rate,
    nodes.page_views,
    nodes.units,
    nodes.currency,
    nodes.source_export,
    nodes._source_hash,
    nodes._row_number
from nodes
left join parents
    on
        nodes.tree = parents.tree
        and nodes.source_path = parents.source_path
left join known
    on
        nodes.platform = known.platform
        and nodes.source_path = known.source_path
