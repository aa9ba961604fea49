{# Whether a measured value satisfies a rule's comparison; columns come from config.rule_tags. #}
{% macro rule_holds(value) -%}
    case comparison
        when 'at_least' then {{ value }} >= threshold
        when 'at_most' then {{ value }} <= threshold
        when 'more_than' then {{ value }} > threshold
        when 'less_than' then {{ value }} < threshold
        when 'exactly' then {{ value }} = threshold
        when 'between' then {{ value }} >= threshold and {{ value }} <= threshold_to
    end
{%- endmacro %}
