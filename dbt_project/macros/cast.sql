{# From the text that platforms deliver to typed values. Each macro tries the common form first (one
   cheap cast) and pays for regular expressions only where that fails; what no form fits becomes
   NULL, which the staging views turn into a quarantined row.
   Rules: "Numbers" and "Dates" of the reader rules every export shares. #}

{# Full-width digits and punctuation to their plain forms. #}
{% macro half_width(text) -%}
    translate({{ text }}, '０１２３４５６７８９．，－＋：／（）；　', '0123456789.,-+:/(); ')
{%- endmacro %}

{# The number at the start of a text as DECIMAL(38, 6): signs of money, thousands commas (only where
   they group thousands), 千, 万 and 亿 (also as k and w), text after the number. '1.234.567' and '1,23' have no meaning
   that two people would agree on, and stay NULL. #}
{% macro parse_number(text) -%}
    {%- set pattern -%}
        ^([-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:[.][0-9]*)?)(万|亿|[千wWkK]$)?(?:$|[^-+0-9.,万亿千])
    {%- endset -%}
    {%- set plain -%}
        regexp_replace({{ half_width(text) }}, '^\s*([-+]?)\s*(?:CNY|RMB|US)?[\s￥¥$€£]*([-+]?)', '\1\2')
    {%- endset -%}
    try_cast(replace(regexp_extract({{ plain }}, '{{ pattern }}', 1), ',', '') as decimal(24, 6))
    * case lower(regexp_extract({{ plain }}, '{{ pattern }}', 2))
        when '万' then 10000 when 'w' then 10000 when '亿' then 100000000 when '千' then 1000 when 'k' then 1000 else 1
    end
{%- endmacro %}

{# Text to money, DECIMAL(18, 2). #}
{% macro to_money(text) -%}
    coalesce(
        try_cast({{ text }} as decimal(18, 2)),
        try_cast({{ parse_number(text) }} as decimal(18, 2))
    )
{%- endmacro %}

{# Text to a whole number, BIGINT; '2.00' is 2, '2.5' is NULL. #}
{% macro to_integer(text) -%}
    coalesce(
        case when not contains({{ text }}, '.') then try_cast({{ text }} as bigint) end,
        case when ({{ parse_number(text) }}) % 1 = 0 then try_cast({{ parse_number(text) }} as bigint) end
    )
{%- endmacro %}

{# Text to a finite DOUBLE. #}
{% macro to_number(text) -%}
    coalesce(
        case when isfinite(try_cast({{ text }} as double)) then try_cast({{ text }} as double) end,
        try_cast({{ parse_number(text) }} as double)
    )
{%- endmacro %}

{# Text to a rate as a fraction, DOUBLE: '77.48%' is 0.7748, '0.7748' is itself. Without a percent sign nothing
   above 1 is a rate: it is the sign that was lost. #}
{% macro to_rate(text) -%}
    case
        when regexp_matches({{ text }}, '[%％] *$')
            then ({{ parse_number("regexp_replace(" ~ text ~ ", '[%％] *$', '')") }} / 100)::decimal(18, 8)::double
        when {{ to_number(text) }} between -1 and 1 then {{ to_number(text) }}
    end
{%- endmacro %}

{# Text to seconds, DOUBLE: '85.5', '85秒', '1分25秒', '1小时2分3秒', '00:01:25'. #}
{% macro to_seconds(text) -%}
    {%- set words = '^(?:([0-9]+)(?:小时|时|h))?(?:([0-9]+)(?:分钟|分|m))?(?:([0-9]+(?:[.][0-9]+)?)(?:秒|s))?$' -%}
    {%- set clock = '^([0-9]+):([0-5][0-9]):([0-5][0-9](?:[.][0-9]+)?)$' -%}
    case
        when contains({{ text }}, ':')
            then case when regexp_matches({{ text }}, '{{ clock }}') then {{ seconds_of(text, clock) }} end
        when regexp_matches({{ text }}, '[时分秒]|[hms]$')
            then case when regexp_matches({{ text }}, '{{ words }}') then {{ seconds_of(text, words) }} end
        else {{ to_number(text) }}
    end
{%- endmacro %}

{# Hours, minutes and seconds in the three groups of a pattern, added up. #}
{% macro seconds_of(text, pattern) -%}
    coalesce(try_cast(nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '') as double), 0) * 3600
    + coalesce(try_cast(nullif(regexp_extract({{ text }}, '{{ pattern }}', 2), '') as double), 0) * 60
    + coalesce(try_cast(nullif(regexp_extract({{ text }}, '{{ pattern }}', 3), '') as double), 0)
{%- endmacro %}

{# Text that names an instant (epoch seconds or milliseconds, or a time with an offset), as UTC TIMESTAMP. #}
{% macro parse_instant(text) -%}
    {#- Offsets as +08:00, times with seconds: the one form that casts. -#}
    {%- set offset -%}
        regexp_replace(replace({{ text }}, '/', '-'), '\s*([-+][0-9]{2}):?([0-9]{2})?$', '\1:\2')
    {%- endset -%}
    {%- set tidy -%}
        regexp_replace(regexp_replace({{ offset }}, ':$', ''), '([T ][0-9]{1,2}:[0-9]{2})([-+Zz])', '\1:00\2')
    {%- endset -%}
    case
        when length({{ text }}) = 13 and try_cast({{ text }} as bigint) > 0
            then make_timestamp(try_cast({{ text }} as bigint) * 1000)
        when length({{ text }}) = 19 and substr({{ text }}, 17, 1) = ':' then null
        when length({{ text }}) = 10 and try_cast({{ text }} as bigint) > 0
            then make_timestamp(try_cast({{ text }} as bigint) * 1000000)
        when regexp_matches({{ text }}, ':[0-9]{2}([.][0-9]+)?\s*(Z|z|[-+][0-9]{2}(:?[0-9]{2})?)$')
            then timezone('UTC', try_cast({{ tidy }} as timestamptz))
    end
{%- endmacro %}

{# Text that names a time on the merchant's clock, as local TIMESTAMP: dashes, slashes, dots, 年月日时分秒,
   bare digits, and the serial numbers of spreadsheets (days since 1899-12-30). #}
{% macro parse_local(text) -%}
    {%- set pattern -%}
        ^\s*([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]*([0-9]{1,2})[:时点]([0-9]{1,2})(?:[:分]([0-9]{1,2}(?:[.][0-9]{1,6})?)?秒?)?分?)?\s*$
    {%- endset -%}
    {%- set plain = half_width(text) -%}
    coalesce(
        case
            when length({{ text }}) = 19 and substr({{ text }}, 17, 1) = ':' then try_cast({{ text }} as timestamp)
        end,
        case
            when regexp_full_match({{ plain }}, '(19|20)[0-9]{6}') then try_strptime({{ plain }}, '%Y%m%d')
            when regexp_full_match({{ plain }}, '(19|20)[0-9]{12}') then try_strptime({{ plain }}, '%Y%m%d%H%M%S')
            when regexp_full_match({{ plain }}, '[2-6][0-9]{4}([.][0-9]+)?')
                then timestamp '1899-12-30' + to_seconds(round(try_cast({{ plain }} as double) * 86400)::bigint)
            when regexp_matches({{ plain }}, '{{ pattern }}')
                then try_cast(concat(
                    regexp_extract({{ plain }}, '{{ pattern }}', 1), '-',
                    lpad(regexp_extract({{ plain }}, '{{ pattern }}', 2), 2, '0'), '-',
                    lpad(regexp_extract({{ plain }}, '{{ pattern }}', 3), 2, '0'), ' ',
                    lpad(regexp_extract({{ plain }}, '{{ pattern }}', 4), 2, '0'), ':',
                    lpad(regexp_extract({{ plain }}, '{{ pattern }}', 5), 2, '0'), ':',
                    coalesce(nullif(regexp_replace(regexp_extract({{ plain }}, '{{ pattern }}', 6), '^([0-9])($|[.])', '0\1\2'), ''), '00')
                ) as timestamp)
        end
    )
{%- endmacro %}

{# Text to a UTC TIMESTAMP, whichever of the two it names. #}
{% macro to_utc(text) -%}
    coalesce({{ parse_instant(text) }}, timezone('UTC', timezone(getvariable('timezone'), {{ parse_local(text) }})))
{%- endmacro %}

{# Text to the merchant-local DATE. #}
{% macro to_date(text) -%}
    coalesce(
        try_cast({{ parse_local(text) }} as date),
        timezone(getvariable('timezone'), timezone('UTC', {{ parse_instant(text) }}))::date
    )
{%- endmacro %}

{# The form in which words of a platform are compared: plain punctuation, no blanks. #}
{% macro plain_word(text) -%}
    replace(translate({{ text }}, '，（）', ',()'), ' ', '')
{%- endmacro %}

{# One of a platform's words to ours, through a mapping; an unknown word becomes NULL. #}
{% macro mapped(text, words) -%}
    case {{ plain_word(text) }}
        {%- for theirs, ours in words.items() %}
        when '{{ theirs }}' then '{{ ours }}'
        {%- endfor %}
    end
{%- endmacro %}

{# Province and city at the start of a Chinese address; what follows may be masked. #}
{% macro province_of(address) -%}
    nullif(regexp_extract({{ address }}, '^\s*(\S+?(?:省|市|自治区|特别行政区))', 1), '')
{%- endmacro %}

{% macro city_of(address) -%}
    nullif(regexp_extract({{ address }}, '^\s*\S+?(?:省|市|自治区|特别行政区)\s*(\S+?(?:市|自治州|地区|盟))', 1), '')
{%- endmacro %}

{# Sellers who may decrypt an address find name and phone before it, with commas between: the phone, and
   the address alone. #}
{% macro phone_in_address(address) -%}
    nullif(regexp_extract({{ address }}, '^[^，,]*[，,]\s*(?:86-)?([0-9*]{5,})[^，,]*[，,]', 1), '')
{%- endmacro %}

{% macro address_without_person(address) -%}
    regexp_replace({{ address }}, '^[^，,]*[，,]\s*(?:86-)?[0-9*]{5,}[^，,]*[，,]\s*', '')
{%- endmacro %}
