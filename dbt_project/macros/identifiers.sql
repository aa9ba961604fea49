{# Cleaning identifiers, and saying why one cannot join two accounts. #}

{# A phone number in its one spelling: 11 digits for the Chinese mainland, + and digits elsewhere. #}
{% macro clean_phone(text) -%}
    case
        when length({{ text }}) = 11 and regexp_full_match({{ text }}, '1[0-9]{10}') then {{ text }}
        else regexp_replace(
            regexp_replace({{ half_width(text) }}, '[\s().·-]|^''', '', 'g'),
            '^(?:\+86|0086|86|0)(1[0-9]{10})', '\1'
        )
    end
{%- endmacro %}

{# An e-mail address in its one spelling. #}
{% macro clean_email(text) -%}
    lower(replace(trim({{ text }}), '＠', '@'))
{%- endmacro %}

{# The one spelling of an identifier of any type; the hash is taken of this. #}
{% macro clean_identifier(type, text) -%}
    case {{ type }}
        when 'phone' then {{ clean_phone(text) }}
        when 'email' then {{ clean_email(text) }}
        when 'device_id' then lower(trim({{ text }}))
        else trim({{ text }})
    end
{%- endmacro %}

{# Why a cleaned phone number joins nobody; NULL when it may. Numbers of virtual carriers (162, 165,
   167, 170, 171) are the ones platforms lend to hide the buyer, and are passed on to others. #}
{% macro phone_reject_reason(phone) -%}
    case
        when contains({{ phone }}, '*') then 'masked'
        when starts_with({{ phone }}, '##') or starts_with({{ phone }}, '$$') then 'encrypted'
        when regexp_full_match({{ phone }}, '1[3-9][0-9]{9}') then case
            when left({{ phone }}, 3) in ('162', '165', '167', '170', '171') then 'virtual'
            when {{ phone }} = '13800138000' or replace(right({{ phone }}, 8), right({{ phone }}, 1), '') = '' then 'placeholder'
        end
        when regexp_full_match({{ phone }}, '1[3-9][0-9]{9}(转|,|#|x|ext|[0-9]).*') then 'relay'
        when regexp_full_match({{ phone }}, '\+[1-9][0-9]{7,14}') then null
        else 'not_a_mobile_number'
    end
{%- endmacro %}

{# Why a cleaned e-mail address joins nobody; NULL when it may. #}
{% macro email_reject_reason(email) -%}
    case
        when contains({{ email }}, '*') then 'masked'
        when not regexp_full_match({{ email }}, '[^@\s]+@[^@\s]+\.[^@\s.]+') then 'not_an_address'
        when regexp_matches(
            {{ email }},
            '@(privaterelay\.appleid\.com|relay\.firefox\.com|duck\.com|simplelogin\.com|anonaddy\.me|(.*\.)?marketplace\.amazon\..*)$'
        ) then 'relay'
        when regexp_matches(
            {{ email }},
            '^(info|admin|administrator|service|services|kefu|support|help|sales|contact|office|hello|test|null|none|noreply|no-reply|do-not-reply|donotreply|postmaster|webmaster|marketing|orders?)@'
        ) then 'role'
    end
{%- endmacro %}

{# Why a cleaned identifier of any type joins nobody; NULL when it may. #}
{% macro reject_reason(type, value) -%}
    case
        when {{ type }} = 'phone' then {{ phone_reject_reason(value) }}
        when {{ type }} = 'email' then {{ email_reject_reason(value) }}
        when contains({{ value }}, '*') then 'masked'
        when starts_with({{ value }}, '##') or starts_with({{ value }}, '$$') then 'encrypted'
        when {{ value }} = '' or lower({{ value }}) in ('0', 'unknown', 'null', 'none', 'undefined', 'nan', 'test', 'guest')
            or replace(replace({{ value }}, '0', ''), '-', '') = '' then 'placeholder'
    end
{%- endmacro %}

{# The type of a login id of the event tracker: WeChat union ids have 28 characters and begin with o. #}
{% macro login_type(text) -%}
    case
        when length({{ text }}) = 28 and starts_with({{ text }}, 'o') then 'unionid'
        when regexp_full_match({{ text }}, '1[3-9][0-9]{9}') then 'phone'
        else 'user_id'
    end
{%- endmacro %}

{# Names of files and columns without phone numbers and numbers of identity cards; stamps and epochs stay. #}
{% macro without_phones(text) -%}
    regexp_replace(regexp_replace(regexp_replace(
        {{ text }}, '[+][1-9][0-9 -]{8,15}[0-9]', '<phone>', 'g'
    ), '(^|[^0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}([^0-9]|$)', '\1<phone>\2', 'g'
    ), '[0-9]{17}[0-9Xx]', '<digits>', 'g')
{%- endmacro %}

{# And without e-mail and street addresses. #}
{% macro without_names(text) -%}
    regexp_replace(regexp_replace(
        {{ text }}, '[^\s@,;/]+@', '<name>@', 'g'
    ), '(路|街|巷|弄|大道)[0-9一二三四五六七八九十百]+(号|弄)', '<address>', 'g')
{%- endmacro %}

{# A cell that may have been delivered anywhere, without the personal data it may hold. #}
{% macro without_personal_data(text) -%}
    left(regexp_replace(regexp_replace({{ text }}, '[0-9]{7,}', '<digits>', 'g'), '[^\s@,;]+@', '<name>@', 'g'), 120)
{%- endmacro %}

{# Keyed hash of a cleaned identifier. A nickname or member number names somebody only on its own
   platform: the same word on another platform is another person's. #}
{% macro identifier_hash(type, value, platform) -%}
    {{ keyed_hash(
        type ~ " || ':' || case when " ~ type ~ " in ('buyer_name', 'user_id', 'member_number') then "
        ~ platform ~ " || ':' else '' end || " ~ value
    ) }}
{%- endmacro %}
