{# Why a cleaned identifier joins nobody; NULL when it may. The words are those of reject_reasons(). #}

{# Every reason and what it means: the rows of staging.rejected_identifiers and the list in docs/identity.md. #}
{% macro reject_reasons() %}
{{ return({
    'masked': 'Parts are hidden by the platform. Evidence, never a key.',
    'encrypted': 'A cipher text of the platform that nobody else can read.',
    'virtual': 'A phone of a virtual carrier (162, 165, 167, 170, 171), lent by platforms and passed on to others.',
    'relay': 'A number with an extension, or an address that forwards: it stands for somebody for one order.',
    'placeholder': 'A value that stands for no value: zeros, words such as unknown, well-known samples and their hashes.',
    'several_numbers': 'Two numbers in one cell; nobody can say whose each is.',
    'landline': 'A line of a home or an office.',
    'service_number': 'A number of a service or call centre (400, 800, 95, 96, 100 to 125).',
    'not_a_mobile_number': 'No number that a mobile phone can have.',
    'not_an_address': 'No e-mail address.',
    'role': 'An address of a function such as service@ or info@, read by many.',
    'disposable': 'A mailbox for some minutes.',
    'not_a_digest': 'Said to be a hash, but not of its length.',
    'bad_check_digit': 'An IMEI whose last digit does not fit the others.',
}) }}
{% endmacro %}

{# The digests of nothing and of the samples that people type. A list, because `in` would be a join that every
   row pays for, whatever stands before it. #}
{% macro is_empty_digest(hex) -%}
    list_contains([
        {%- for word in ['', '0', 'null', 'NULL', 'none', 'undefined', 'unknown', '13800138000', '8613800138000', '+8613800138000',
            '000000000000000', '00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000',
            '02:00:00:00:00:00', '020000000000', '00:00:00:00:00:00', '000000000000'] %}
        md5('{{ word }}'), sha256('{{ word }}')
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    ], {{ hex }})
{%- endmacro %}

{# Of digests and keyed values: phones and addresses. #}
{% macro digest_reject_reason(value) -%}
    case
        when {{ is_keyed(value) }} then case when length({{ value }}) < 12 then 'placeholder' end
        when {{ hex_of(value) }} = '' or length({{ value }}) <> if(starts_with({{ value }}, 'md5:'), 36, 71) then 'not_a_digest'
        when {{ is_empty_digest(hex_of(value)) }} then 'placeholder'
    end
{%- endmacro %}

{# Of phones. The mainland's mobile ranges are those of the numbering plan as libphonenumber has it; elsewhere a
   calling code and a length that exist. #}
{% macro phone_reject_reason(phone) -%}
    {%- set calling_codes -%}
        7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[124]|9[0-58]|21[1-368]|22[0-9]|23[0-9]|24[0-9]|25[0-8]|26[0-9]|29[01789]|35[0-9]|37[0-8]|38[0-35-79]|42[013]|50[0-9]|59[0-9]|67[02-9]|68[0-35-9]|69[0-2]|85[0568]|880|96[0-8]|97[0-79]|99[2-68]
    {%- endset -%}
    {%- set north_american_areas -%}
        2(?:0[1-9]|1[02-9]|2[03-9]|3[14-69]|4[02689]|5[0-467]|6[02-47-9]|7[02-469]|8[1349])|3(?:0[1-9]|1[02-9]|2[013-79]|3[0-24679]|4[0135-7]|5[0-4]|6[013-57-9]|8[0256])|4(?:0[1-9]|1[02-9]|2[3-58]|3[0-24578]|4[0-3578]|5[08]|6[3489]|7[02-589]|8[04])|5(?:0[1-9]|1[02-9]|20|3[0149]|4[018]|5[179]|6[1-47]|7[0-59]|8[0-24-7])|6(?:0[1-9]|1[02-9]|2[03689]|3[0169]|4[015-79]|5[016-9]|6[0-2479]|7[0-28]|8[0-469])|7(?:0[1-9]|1[2-9]|2[014-8]|3[0-2478]|4[02378]|5[3478]|6[023579]|7[0-589]|8[0-24-7])|8(?:0[1-9]|1[02-9]|2[015689]|3[0-2589]|4[0357-9]|5[046-9]|6[02-57-9]|7[023689])|9(?:0[1-9]|1[02-9]|2[0589]|3[0146-9]|4[0-357-9]|5[12469]|7[0-3589]|8[03-69])
    {%- endset -%}
    case
        when regexp_full_match({{ phone }}, '1(?:[38][0-9]|4[57]|[59][0-35-9]|6[25-7]|7[0-35-8])[0-9]{8}|1(?:610[0-9]|740[0-5])[0-9]{6}') then case
            when regexp_matches({{ phone }}, '^1(?:6[257]|7[01])') then 'virtual'
            when {{ phone }} = '13800138000' or right({{ phone }}, 8) = '12345678'
                or replace(right({{ phone }}, 8), right({{ phone }}, 1), '') = '' then 'placeholder'
        end
        when contains({{ phone }}, ':') then {{ digest_reject_reason(phone) }}
        when regexp_matches({{ phone }}, '[*•●]|[0-9]x{3,}[0-9]') then 'masked'
        when regexp_matches({{ phone }}, '^[#$~]') then 'encrypted'
        when regexp_full_match({{ phone }}, '(?:\+86)?0*') then 'placeholder'
        when regexp_full_match({{ phone }}, '1[3-9][0-9]{9}x[0-9]+') then 'relay'
        when regexp_matches({{ phone }}, '1[3-9][0-9]{9}.*1[3-9][0-9]{9}') then 'several_numbers'
        when regexp_full_match({{ phone }}, '1[3-9][0-9]{9}.*(?:转|,|#|x|ext|[0-9]).*') and length({{ phone }}) > 11 then 'relay'
        when regexp_full_match({{ phone }}, '(?:\+86|0086|86)?0?(?:[48]00[0-9]{7}|(?:95|96|10|11|12)[0-9]{3,6}|100[0-9]{2}|1[12][0-9])') then 'service_number'
        when regexp_matches({{ phone }}, '^(?:\+86)?0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}(?:$|[^0-9]|[0-9]{1,6}$)|^\+86(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}$') then 'landline'
        when starts_with({{ phone }}, '+1')
            then case when not regexp_full_match({{ phone }}, '\+1(?:{{ north_american_areas }})[2-9][0-9]{6}') then 'not_a_mobile_number' end
        when starts_with({{ phone }}, '+852') or starts_with({{ phone }}, '+853') or starts_with({{ phone }}, '+886')
            then case when not regexp_full_match({{ phone }}, '\+852[4-79][0-9]{7}|\+8536[0-9]{7}|\+886(?:4|9)[0-9]{8}') then 'not_a_mobile_number' end
        when regexp_full_match({{ phone }}, '\+(?:{{ calling_codes }})[0-9]{4,13}') and length({{ phone }}) between 8 and 16 then null
        else 'not_a_mobile_number'
    end
{%- endmacro %}

{# Of e-mail addresses. #}
{% macro email_reject_reason(email) -%}
    {%- set relays -%}
        @(?:privaterelay\.appleid\.com|relay\.firefox\.com|mozmail\.com|duck\.com|(?:.*\.)?simplelogin\.(?:com|co|fr|io)|slmails?\.com|aleeas\.com|(?:.*\.)?anonaddy\.(?:me|com)|(?:.*\.)?addy\.io|(?:.*\.)?passmail\.(?:net|com)|(?:.*\.)?marketplace\.amazon\..*|members\.ebay\.[a-z.]+|guest\.(?:booking|airbnb)\.com|proxymail\.facebook\.com|(?:.*\.)?scs[0-9]*\.tiktokw\.us)$
    {%- endset -%}
    {%- set roles -%}
        ^(?:info|admin|administrator|root|service|services|customerservice|cs|kefu|support|help|helpdesk|sales|contact|contactus|office|hello|hr|jobs|team|mail|noreply|no-reply|no_reply|donotreply|do-not-reply|mailer-daemon|postmaster|webmaster|hostmaster|abuse|security|privacy|legal|press|media|marketing|billing|accounts?|accounting|finance|invoice|orders?|shop|store|feedback|newsletter|subscribe|unsubscribe|system)@
    {%- endset -%}
    {%- set nobodies -%}
        @(?:example\.(?:com|org|net|cn)|test\.(?:com|cn)|invalid\..*|localhost\..*|none\.com|noemail\.com|nomail\.com)$|^(?:test|null|none|unknown|undefined|na|noemail|no-email|nomail|guest|anonymous|aaa?|abc|xxx?|123|1234|12345|123456|10000)@
    {%- endset -%}
    case
        when not contains({{ email }}, '@') and contains({{ email }}, ':') then {{ digest_reject_reason(email) }}
        when contains({{ email }}, '*') then 'masked'
        when regexp_matches({{ email }}, '^(?:##|[$]{2}|~)') then 'encrypted'
        when not regexp_full_match({{ email }}, '[^@\s,;:<>()"]+@(?:[^@\s,;:<>()".]+\.)+[^@\s,;:<>()".0-9]{2,}')
            or regexp_matches({{ email }}, '^\.|\.\.|\.@') then 'not_an_address'
        when regexp_matches({{ email }}, '{{ relays }}') then 'relay'
        when regexp_matches({{ email }}, '@(?:mailinator\.com|10minutemail\.(?:com|net)|guerrillamail\.[a-z]+|sharklasers\.com|yopmail\.com|temp-?mail\.(?:org|com|io)|trashmail\.(?:com|de)|throwawaymail\.com|getnada\.com|maildrop\.cc|dispostable\.com)$') then 'disposable'
        when regexp_matches({{ email }}, '{{ roles }}') then 'role'
        when regexp_matches({{ email }}, '{{ nobodies }}') then 'placeholder'
    end
{%- endmacro %}

{# Of device ids: zeros, one digit all over, the ids that many phones were sold with, what systems say instead of one. #}
{% macro device_reject_reason(device) -%}
    case
        when contains({{ device }}, '*') then 'masked'
        when {{ is_nobody(device) }} then 'placeholder'
        when replace(replace(replace({{ device }}, '-', ''), ':', ''), left({{ device }}, 1), '') = '' then 'placeholder'
        when regexp_full_match(
            {{ device }},
            '020{10}|9774d56d682e549c|(?:0123456789|1234567890)abcdef|123456789012345|012345678912345|012345678901237|004999010640000|12345678-1234-1234-1234-123456789012'
        ) then 'placeholder'
        when length({{ device }}) in (32, 64) and {{ is_empty_digest(device) }} then 'placeholder'
        when regexp_full_match({{ device }}, '[0-9]{15}') and right({{ device }}, 1) <> {{ check_digit(device) }} then 'bad_check_digit'
    end
{%- endmacro %}

{# Whether a value is one of the words that stand for nobody, zeros or blank. #}
{% macro is_nobody(value) -%}
    regexp_full_match(
        {{ value }},
        '[0-]*|(?i:unknown|null|none|undefined|nan|n/?a|nil|test(?:er)?|guest|anonymous|default|unavailable|not available|deleted)|无|空|未知|匿名(?:用户|买家)?|游客|访客|测试(?:用户)?|(?:微信|新)?用户|默认昵称|(?:账号|用户)?已注销|先生|女士'
    )
{%- endmacro %}

{# Of an identifier of any type. #}
{% macro reject_reason(type, value) -%}
    case
        when {{ type }} = 'phone' then {{ phone_reject_reason(value) }}
        when {{ type }} = 'email' then {{ email_reject_reason(value) }}
        when {{ type }} = 'device_id' then {{ device_reject_reason(value) }}
        when regexp_matches({{ value }}, '[*＊]') then 'masked'
        when starts_with({{ value }}, '##') or starts_with({{ value }}, '$$') or starts_with({{ value }}, '~') then 'encrypted'
        when {{ is_nobody(value) }} then 'placeholder'
    end
{%- endmacro %}
