{# Hashed identifiers. MD5 and SHA-256 in a column of phones or addresses are recognised by their form, and meet
   the clear value in whichever of its spellings was hashed. Values under a salt or a key (`keyed:`) meet
   only themselves, on their own platform. #}

{# Whether a text is an MD5 or SHA-256 in hex, in either case, with or without its mark. #}
{% macro is_digest(text) -%}
    length({{ text }}) >= 32 and regexp_full_match({{ text }}, '\s*(?i:(?:md5:)?[0-9a-f]{32}|(?:sha256:)?[0-9a-f]{64})\s*')
{%- endmacro %}

{# Its one spelling. #}
{% macro clean_digest(text) -%}
    regexp_replace(
        regexp_replace(lower(trim({{ text }})), '^(?:md5:)?([0-9a-f]{32})$', 'md5:\1'),
        '^(?:sha256:)?([0-9a-f]{64})$', 'sha256:\1'
    )
{%- endmacro %}

{# Whether a cleaned value is under a platform's own key. #}
{% macro is_keyed(value) %}starts_with({{ value }}, 'keyed:'){% endmacro %}

{# How a cleaned value was delivered: clear, md5, sha256 or keyed. `owned` is not null where it is a known hash:
   a device id carries no mark. #}
{% macro scheme_of(value, owned) -%}
    case
        when {{ is_keyed(value) }} then 'keyed'
        when length({{ value }}) < 32 then 'clear'
        when starts_with({{ value }}, 'md5:') or ({{ owned }} is not null and length({{ value }}) = 32) then 'md5'
        when starts_with({{ value }}, 'sha256:') or ({{ owned }} is not null and length({{ value }}) = 64) then 'sha256'
        else 'clear'
    end
{%- endmacro %}

{# The spellings of a clear value that are hashed somewhere. Phones with and without the country code
   (Tencent and Alibaba: none; Meta and TikTok: 86; Google: +86); device ids in both cases, with and
   without their separators. #}
{% macro hashed_spellings(type, value) -%}
    {%- set coloned -%}
        regexp_replace({{ value }}, '^(..)(..)(..)(..)(..)(..)$', '\1:\2:\3:\4:\5:\6')
    {%- endset -%}
    case {{ type }}
        when 'phone' then case
            when starts_with({{ value }}, '+') then [{{ value }}, substr({{ value }}, 2)]
            else [{{ value }}, '86' || {{ value }}, '+86' || {{ value }}]
        end
        when 'device_id' then case
            when length({{ value }}) = 12 then [{{ value }}, upper({{ value }}), {{ coloned }}, upper({{ coloned }})]
            when contains({{ value }}, '-') then [{{ value }}, upper({{ value }}), replace({{ value }}, '-', ''), upper(replace({{ value }}, '-', ''))]
            else [{{ value }}, upper({{ value }})]
        end
        else [{{ value }}]
    end
{%- endmacro %}

{# The part of a cleaned value that may be a hash; a device id carries no mark, a hash is 32 or 64 long. #}
{% macro hex_of(value) %}regexp_extract({{ value }}, '^(?:md5:|sha256:)?([0-9a-f]{32}|[0-9a-f]{64})$', 1){% endmacro %}

{# Two CTEs. `digests`: the values of `delivered` that may be hashes. `owners`: of each, the one clear value of
   `known` it is a hash of; none where two would be. Both relations have identifier_type and identifier_value,
   `known` also reject_reason. Costs nothing while there are no digests. #}
{% macro digest_owners(delivered, known) -%}
digests as (

    select distinct
        identifier_type,
        identifier_value,
        {{ hex_of('identifier_value') }} as hex
    from {{ delivered }}
    where
        length(identifier_value) >= 32
        and identifier_type in ('phone', 'email', 'device_id')
        and {{ hex_of('identifier_value') }} <> ''

),

spellings as (

    select
        identifier_type,
        identifier_value,
        reject_reason,
        unnest({{ hashed_spellings('identifier_type', 'identifier_value') }}) as spelling
    from (
        select distinct
            identifier_type,
            identifier_value,
            reject_reason
        from {{ known }}
        where
            identifier_type in (select digests.identifier_type from digests)
            and (length(identifier_value) < 32 or {{ hex_of('identifier_value') }} = '')
    ) as clear_values

),

hashed as (

    select
        *,
        md5(spelling) as hex
    from spellings
    where (select bool_or(length(digests.hex) = 32) from digests)

    union all

    select
        *,
        sha256(spelling) as hex
    from spellings
    where (select bool_or(length(digests.hex) = 64) from digests)

    union all

    -- A UUID without its hyphens looks like a hash, and is the id itself.
    select
        *,
        spelling as hex
    from spellings
    where identifier_type = 'device_id'

),

owners as (

    select
        digests.identifier_type,
        digests.identifier_value as digest,
        min(hashed.identifier_value) as identifier_value,
        min(hashed.reject_reason) as reject_reason
    from hashed
    inner join digests on hashed.identifier_type = digests.identifier_type and hashed.hex = digests.hex
    group by
        digests.identifier_type,
        digests.identifier_value
    having count(distinct hashed.identifier_value) = 1

)
{%- endmacro %}

{# The type of a stated identifier: phone, email, device_id (also as imei, idfa, oaid or mac), each also with
   _md5, _sha256 or _keyed after it, or another type; anything else is NULL. #}
{% macro stated_identifier_type(text) -%}
    case
        when regexp_full_match(lower({{ text }}), '(?:phone|email|device_id|imei|idfa|oaid|mac)(?:_md5|_sha256|_keyed)?')
            then regexp_replace(regexp_replace(lower({{ text }}), '_(?:md5|sha256|keyed)$', ''), '^(?:imei|idfa|oaid|mac)$', 'device_id')
        when lower({{ text }}) in (
            'unionid', 'openid', 'external_userid', 'buyer_name', 'user_id', 'anonymous_id', 'alipay', 'member_number',
            'address'
        ) then lower({{ text }})
    end
{%- endmacro %}

{# Its value, marked with the scheme that the type names. #}
{% macro stated_identifier_value(type, value) -%}
    case
        when regexp_matches(lower({{ type }}), '_(?:md5|sha256|keyed)$')
            then regexp_extract(lower({{ type }}), '_(md5|sha256|keyed)$', 1) || ':' || trim({{ value }})
        else {{ value }}
    end
{%- endmacro %}
