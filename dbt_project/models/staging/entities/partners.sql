{{ config(database='vault', schema='main', contract={'enforced': false}) }}
{#- Who stands behind a partner_key: the only readable list of partners. -#}
with current_rows as (
    {{ current_rows('order_attributions') }}
),

keyed as (

    select
        *,
        {{ partner_key() }} as partner_key
    from current_rows

)

select
    partner_key,
    platform,
    arg_max(partner_type, (_exported_at, _key)) as partner_type,
    arg_max(partner_id, (_exported_at, _key)) as partner_id,
    arg_max(partner_name, (_exported_at, _key)) as partner_name
from keyed
where partner_key is not null
group by
    partner_key,
    platform
