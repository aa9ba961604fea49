"""Audiences: named sets of people, defined in YAML, compiled to SQL, explained in English.

Belongs here: the definition language, the shipped definitions, the tables of schema
``audiences`` and the feature matrix that lookalikes and predictions learn from. No Dagster, no
Great Expectations; a DuckDB connection prepared by :mod:`orchestration.warehouse.session` is
passed in.

The order of one run::

    audiences = load_audiences(settings.config)           files to a checked AudienceSet
    predict_attributes(connection, prediction)            layers.predictions
    build_profiles(connection)                            audiences.profiles
    build_user_tags(connection)                           audiences.user_tags
    evaluate_base(connection, audiences, holdout)         all audiences that need no lookalike
    score_lookalikes(connection, audiences, lookalike)    audiences.lookalike_members, evaluations
    evaluate_dependent(connection, audiences)             lookalike audiences and those that read them
    write_audiences(connection, audiences)                sizes and definitions in words
    write_overlaps(connection, audiences)                 all pairs
    build_contact_plan(connection, audiences, plan)       one message per person

A definition on its way: ``loading`` reads the file, ``parsing`` makes the typed tree of
``language`` (values: ``values``, known names: ``columns``), ``compiling`` makes SQL of it and
``explaining`` a sentence. The user's guide is ``docs/audiences.md``.
"""
