{{ config(materialized='view', tags=['person_grain']) }}

with

-- One row per tag x event type x subject value; tags that ask for the same evidence share its number.
rule_rows as (

    select
        tag,
        evidence,
        event_type,
        subject,
        coalesce(subject_value, '') as subject_value,
        measure,
        measured,
        coalesce(
            cast(window_from as date),
            {{ as_of() }} + 1 - cast(window_days as integer),
            date '0001-01-01'
        ) as from_date,
        coalesce(cast(window_to as date), {{ as_of() }}) as to_date,
        comparison,
        threshold,
        threshold_to
    from {{ source('config', 'rule_tags') }}

),

rules as (

    select distinct
        tag,
        evidence,
        measure,
        comparison,
        threshold,
        threshold_to
    from rule_rows

),

selectors as (

    select distinct
        evidence,
        event_type,
        subject,
        subject_value,
        measure,
        measured,
        from_date,
        to_date
    from rule_rows

),

subjects as (

    select
        event_type,
        subject,
        min(from_date) as from_date,
        max(to_date) as to_date
    from selectors
    group by
        event_type,
        subject

),

daily_facts as (

    select
        one_id,
        event_date,
        event_type,
        category,
        brand,
        channel,
        place,
        event_count,
        dwell_seconds,
        amount
    from {{ ref('user_event_days') }}

    union all

    select
        one_id,
        event_date,
        'purchase' as event_type,
        category,
        brand,
        channel,
        null as place,
        line_count as event_count,
        null as dwell_seconds,
        net_amount as amount
    from {{ ref('user_purchase_days') }}

),

-- The one pass: a day's facts meet the few (event type, subject) pairs that rules ask for, then,
-- by value, the rules themselves. Both are hash joins; a rule more is a row more in a small table.
about_subjects as (

    select
        daily_facts.*,
        subjects.subject,
        case subjects.subject
            when 'any' then ''
            when 'category' then daily_facts.category
            when 'brand' then daily_facts.brand
            when 'channel' then daily_facts.channel
            when 'place' then daily_facts.place
        end as subject_value
    from daily_facts
    inner join subjects
        on
            daily_facts.event_type = subjects.event_type
            and daily_facts.event_date >= subjects.from_date
            and daily_facts.event_date <= subjects.to_date

),

evidence_rows as (

    select
        about_subjects.one_id,
        about_subjects.event_date,
        selectors.evidence,
        selectors.measure,
        case
            when selectors.measure = 'count' then cast(about_subjects.event_count as decimal(18, 3))
            when selectors.measure = 'sum' and selectors.measured = 'amount'
                then cast(about_subjects.amount as decimal(18, 3))
            when selectors.measure = 'sum' and selectors.measured = 'dwell_seconds'
                then cast(about_subjects.dwell_seconds as decimal(18, 3))
        end as quantity,
        case
            when selectors.measure = 'days' then cast(about_subjects.event_date as varchar)
            when selectors.measure = 'distinct'
                then case selectors.measured
                    when 'category' then about_subjects.category
                    when 'brand' then about_subjects.brand
                    when 'channel' then about_subjects.channel
                    when 'place' then about_subjects.place
                end
        end as item
    from about_subjects
    inner join selectors
        on
            about_subjects.event_type = selectors.event_type
            and about_subjects.subject = selectors.subject
            and about_subjects.subject_value = selectors.subject_value
            and about_subjects.event_date >= selectors.from_date
            and about_subjects.event_date <= selectors.to_date

),

measured as (

    select
        one_id,
        evidence,
        cast(
            case min(measure)
                when 'recency' then date_diff('day', max(event_date), {{ as_of() }})
                when 'days' then count(distinct item) filter (where item is not null)
                when 'distinct' then count(distinct item) filter (where item is not null)
                else coalesce(sum(quantity), 0)
            end as double
        ) as value
    from evidence_rows
    group by
        one_id,
        evidence

),

with_evidence as (

    select
        measured.one_id,
        rules.tag,
        measured.value
    from measured
    inner join rules
        on measured.evidence = rules.evidence
    where {{ rule_holds('measured.value') }}

),

-- Nobody is forgotten: who has no fact at all has done it zero times. Recency has no value for them.
zero_rules as (

    select
        tag,
        evidence
    from rules
    where
        measure <> 'recency'
        and {{ rule_holds('0') }}

),

without_evidence as (

    select
        people.one_id,
        zero_rules.tag,
        cast(0 as double) as value
    from {{ ref('user_facts') }} as people
    cross join zero_rules
    where
        not exists (
            select 1
            from measured
            where
                measured.one_id = people.one_id
                and measured.evidence = zero_rules.evidence
        )

),

final as (

    select * from with_evidence
    union all
    select * from without_evidence

)

select
    one_id,
    tag,
    value
from final
