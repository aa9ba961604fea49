{{ config(tags=['account_grain']) }}

-- A leaf above another leaf of the same report would count its traffic twice.
select
    above.source_path,
    below.source_path as path_below
from {{ ref('traffic_reports') }} as above
inner join {{ ref('traffic_reports') }} as below
    on
        above._source_hash = below._source_hash
        and above.period_start = below.period_start
        and above.period_end = below.period_end
        and above.item_id is not distinct from below.item_id
        and above.carrier is not distinct from below.carrier
        and above.level <= below.level
        and above.source_path = below.source_path[1:above.level]
        and above._row_number <> below._row_number
where
    above.is_leaf
    and below.is_leaf
