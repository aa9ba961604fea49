{#- Reviews. What was written and an unmasked nickname are personal: they are read into the vault only. -#}
{%- set checks = [
    ('reviewed_at', 'reviewed_at', 'time', true),
    ('followed_up_at', 'followed_up_at', 'time', false),
    ('sentiment', 'sentiment', 'value', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__sycm_reviews') }}

),

statuses as (
    {{ status_words('taobao.sycm.reviews') }}
),

typed as (

    select
        raw.item_id,
        raw.sku_id,
        raw.sku_spec,
        raw.review_text,
        raw.review_append_text as follow_up_text,
        raw.sentiment as sentiment_text,
        case when statuses.meaning in ('positive', 'neutral', 'negative') then statuses.meaning end as sentiment,
        case when not contains(raw.buyer_nick, '*') then trim(raw.buyer_nick) end as account_id,
        -- Two masked buyers may say the same of the same thing at the same time: in one file they are two.
        concat_ws(
            '|', raw.item_id, raw.sku_id, raw.reviewed_at, raw.buyer_nick, md5(raw.review_text),
            row_number() over (
                partition by
                    raw._source_hash, raw.item_id, raw.sku_id, raw.reviewed_at, raw.buyer_nick, raw.review_text
                order by raw._row_number
            )
        ) as _key,
        {{ typed_cells(checks, 'raw') }},
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.sentiment') }} = statuses.word

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'taobao' as platform,
    account_id,
    item_id,
    sku_id,
    sku_spec,
    sentiment,
    reviewed_at,
    followed_up_at,
    review_text,
    follow_up_text,
    _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
