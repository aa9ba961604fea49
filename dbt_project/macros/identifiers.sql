{# One spelling for each identifier: what comes out goes in again unchanged. Why a value joins nobody is
   judged in identifier_reasons.sql; which hash belongs to which clear value, in digests.sql. #}

{# Full-width letters, digits and signs to their plain forms; plain text is not touched. #}
{% macro plain_width(text) -%}
    case
        when not regexp_matches({{ text }}, '[\x{FF01}-\x{FF5E}\x{3000}]') then {{ text }}
        else translate(
            {{ text }},
            '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ＠．，－＿＋＊＃：；／（）［］＜＞＝～＄％＆！？｜　',
            '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@.,-_+*#:;/()[]<>=~$%&!?| '
        )
    end
{%- endmacro %}

{# A phone number: 11 digits for a mobile of the Chinese mainland, + and digits elsewhere, x before an extension. #}
{% macro clean_phone(text) -%}
    {#- Away with the signs between the digits and the word before them. -#}
    {%- set bare -%}
        regexp_replace(
            lower({{ plain_width(text) }}),
            '^\s*(?:tel|phone|mobile|电话|手机号码|手机号|手机)\s*[:.]?|[\s()._·''"‐‑–—−-]', '', 'g'
        )
    {%- endset -%}
    {%- set mainland -%}
        regexp_replace(
            {{ bare }},
            '^(?:\+86|0086|86)?0?(1[3-9][0-9]{9})(?:(?:转|分机|;?ext=?|[,;#xp/])*([0-9]{1,8}))?$', '\1x\2'
        )
    {%- endset -%}
    case
        when length({{ text }}) = 11 and regexp_full_match({{ text }}, '1[0-9]{10}|[0-9]+[*]+[0-9]+') then {{ text }}
        when {{ is_digest(text) }} then {{ clean_digest(text) }}
        when {{ is_keyed(text) }} then {{ text }}
        else regexp_replace(
            regexp_replace({{ mainland }}, '^(1[3-9][0-9]{9})x$', '\1'), '^00([1-9][0-9]{6,14})$', '+\1'
        )
    end
{%- endmacro %}

{# An e-mail address: lower case, without mailto:, name and stops around it. #}
{% macro clean_email(text) -%}
    case
        when regexp_full_match({{ text }}, '[a-z0-9._%+-]+@[a-z0-9.-]+[a-z0-9]') then {{ text }}
        when {{ is_digest(text) }} then {{ clean_digest(text) }}
        when {{ is_keyed(text) }} then {{ text }}
        else regexp_replace(
            regexp_replace(
                regexp_replace(lower(replace({{ plain_width(text) }}, '。', '.')), '^.*<([^<>]*@[^<>]*)>.*$', '\1'),
                '^[\s''"]*(?:mailto:)?[\s''"]*|[\s''".,;]+$', '', 'g'
            ),
            '\s*@\s*', '@'
        )
    end
{%- endmacro %}

{# A device id: IDFA, OAID and other UUIDs lower with hyphens, IMEI 15 digits, MAC 12 hex digits. 32 or 64 hex
   digits may be an id as well as a hash of one, so they carry no mark. #}
{% macro clean_device_id(text) -%}
    {%- set bare -%}
        regexp_replace(lower(trim({{ plain_width(text) }})), '^(?:imei|meid|idfa|idfv|oaid|gaid|mac|md5|sha256)[:=]\s*|[{}]', '', 'g')
    {%- endset -%}
    {%- set digits -%}
        regexp_replace({{ text }}, '[^0-9]', '', 'g')
    {%- endset -%}
    case
        when {{ is_keyed(text) }} then {{ text }}
        when regexp_full_match({{ text }}, '\s*(?i:imei[:=]\s*)?[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}\s*')
            then {{ digits }} || {{ check_digit(digits) }}
        when regexp_full_match({{ bare }}, '(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}[.]){2}[0-9a-f]{4}|[0-9]{2}[ -][0-9]{6}[ -][0-9]{6}[ -][0-9]')
            then regexp_replace({{ bare }}, '[ .:-]', '', 'g')
        else {{ bare }}
    end
{%- endmacro %}

{# The check digit of an IMEI (Luhn): every second digit doubled, 0 to 9 becoming 0 2 4 6 8 1 3 5 7 9. #}
{% macro check_digit(text) -%}
    ((10 - (
        {%- for place in range(1, 15) %}
        {%- if place % 2 %}substr({{ text }}, {{ place }}, 1)::int
        {%- else %}translate(substr({{ text }}, {{ place }}, 1), '0123456789', '0246813579')::int{% endif %}
        {%- if not loop.last %} + {% endif %}
        {%- endfor -%}
    ) % 10) % 10)::varchar
{%- endmacro %}

{# An open id with the app it counts in (app:open id); without one it counts on its platform. #}
{% macro clean_openid(text) -%}
    regexp_replace(trim({{ text }}), '^([A-Za-z0-9]+)\s*[:|/]\s*([A-Za-z0-9_-]+)$', '\1:\2')
{%- endmacro %}

{# An Alipay account is a phone number, an e-mail address or a number of 16 digits. #}
{% macro clean_alipay(text) -%}
    case
        when regexp_full_match({{ text }}, '[+0-9０-９＋（）()\s－-]+') then {{ clean_phone(text) }}
        else {{ clean_email(text) }}
    end
{%- endmacro %}

{# The one spelling of an identifier of any type; the hash is taken of this. #}
{% macro clean_identifier(type, text) -%}
    case {{ type }}
        when 'phone' then {{ clean_phone(text) }}
        when 'email' then {{ clean_email(text) }}
        when 'device_id' then {{ clean_device_id(text) }}
        when 'openid' then {{ clean_openid(text) }}
        when 'alipay' then {{ clean_alipay(text) }}
        {# Platforms take names in any case and width for the same. #}
        when 'buyer_name' then lower(trim({{ plain_width(text) }}))
        when 'member_number' then lower(trim({{ plain_width(text) }}))
        when 'address' then regexp_replace(lower({{ plain_width(text) }}), '[\s,.，。、;；-]', '', 'g')
        else trim({{ text }})
    end
{%- endmacro %}

{# Keyed hash of a cleaned identifier. A nickname, member number or login names somebody only on its own
   platform, as does a value under a platform's own key: the same word elsewhere is another person's. #}
{% macro identifier_hash(type, value, platform) -%}
    {{ keyed_hash(
        type ~ " || ':' || case when " ~ type ~ " in ('buyer_name', 'user_id', 'member_number') or ("
        ~ type ~ " = 'openid' and not contains(" ~ value ~ ", ':')) or " ~ is_keyed(value) ~ " then "
        ~ "coalesce(" ~ platform ~ ", '') || ':' else '' end || " ~ value
    ) }}
{%- endmacro %}

{# The type of a login id of the event tracker: WeChat union ids have 28 characters and begin with o. #}
{% macro login_type(text) -%}
    case
        when length({{ text }}) = 28 and starts_with({{ text }}, 'o') then 'unionid'
        when regexp_full_match({{ text }}, '1[3-9][0-9]{9}') then 'phone'
        else 'user_id'
    end
{%- endmacro %}
