with order_rows as (

    select * from {{ ref('order_rows') }}

),

categories as (

    select
        item_title,
        category,
        row_number() over (partition by item_title order by count(*) desc, category) as place
    from order_rows
    where item_title is not null and category is not null
    group by item_title, category

),

brands as (

    select
        item_title,
        brand,
        row_number() over (partition by item_title order by count(*) desc, brand) as place
    from order_rows
    where item_title is not null and brand is not null
    group by item_title, brand

),

best_categories as (

    select
        item_title,
        category
    from categories
    where place = 1

),

best_brands as (

    select
        item_title,
        brand
    from brands
    where place = 1

)

select
    coalesce(best_categories.item_title, best_brands.item_title) as item_title,
    best_categories.category,
    best_brands.brand
from best_categories
full outer join best_brands on best_categories.item_title = best_brands.item_title
