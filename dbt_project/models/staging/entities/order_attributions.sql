{#- Partners are people or their shops: only a keyed hash of them leaves the vault. -#}
with current_rows as (
    {{ current_rows('order_attributions') }}
),

keyed as (

    select
        *,
        {{ keyed_hash("platform || ':order:' || order_id") }} as order_key,
        {{ keyed_hash("platform || ':line:' || order_id || ':' || coalesce(line_id, item_id)") }} as order_line_key,
        {{ keyed_hash("platform || ':line_id:' || line_id") }} as line_ref_key,
        {{ partner_key() }} as partner_key
    from current_rows

),

-- A commission is an estimate until it is settled, perhaps in another report.
settled_lines as (

    select distinct
        platform,
        coalesce(line_ref_key, order_key) as sold_key,
        coalesce(line_ref_key, item_id) as sold_item
    from keyed
    where settled_commission_amount > 0

)

select
    {{ keyed_hash("'attribution:' || _key") }} as attribution_key,
    keyed.platform,
    keyed.order_key,
    keyed.order_line_key,
    keyed.line_ref_key,
    keyed.item_id,
    keyed.attributed_at,
    keyed.settled_at,
    keyed.partner_type,
    keyed.partner_key,
    keyed.session_id,
    keyed.traffic_source,
    keyed.campaign,
    {{ channel_of() }} as channel,
    keyed.paid_amount,
    keyed.settled_amount,
    keyed.estimated_commission_amount,
    keyed.settled_commission_amount,
    (
        case
            when keyed.status in ('cancelled', 'pending') then 0
            when keyed.status = 'settled'
                then coalesce(keyed.settled_commission_amount, keyed.estimated_commission_amount, 0)
            when settled_lines.sold_key is not null then coalesce(keyed.settled_commission_amount, 0)
            else coalesce(keyed.estimated_commission_amount, keyed.settled_commission_amount, 0)
        end
    )::decimal(18, 2) as commission_amount,
    keyed.status,
    keyed.currency,
    keyed.source_export,
    keyed._source_hash,
    keyed._row_number
from keyed
left join settled_lines
    on
        keyed.platform = settled_lines.platform
        and coalesce(keyed.line_ref_key, keyed.order_key) = settled_lines.sold_key
        and coalesce(keyed.line_ref_key, keyed.item_id) = settled_lines.sold_item
{{ channel_joins('keyed') }}
