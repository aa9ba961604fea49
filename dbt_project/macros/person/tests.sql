{# Rows for which an arithmetic statement does not hold; null counts as holding, as in a check constraint. #}
{% test holds(model, expression) %}
    select * from {{ model }} where not ({{ expression }})
{% endtest %}

{# Keys of several columns that occur more than once. #}
{% test unique_together(model, columns) %}
    select {{ columns | join(', ') }} from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
