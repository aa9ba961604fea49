"""Audiences: named sets of people, defined in YAML, compiled to SQL, explained in English.

Belongs here: the definition language, the shipped definitions, the tables of schema
``audiences`` and the feature matrix that lookalikes and predictions learn from. No Dagster, no
Great Expectations; a DuckDB connection prepared by :mod:`orchestration.warehouse.session` is
passed in.

The order of one run::

    audiences = load_audiences(settings.config, known)     loading: files to a checked AudienceSet
    build_profiles(connection)                             profiles: audiences.profiles
    evaluate_base(connection, audiences, holdout)          membership: all that need no lookalike
    seed_of(connection, audiences, name)                   ... the caller scores and fills
    build_features(connection, request)                    ... audiences.lookalike_members
    evaluate_dependent(connection, audiences)              membership: lookalikes and their users
    write_audiences(connection, audiences)                 membership: sizes and definitions
    write_overlaps(connection, audiences)                  membership: all pairs
    build_contact_plan(connection, audiences, settings)    contact_plan: one message per person

The user's guide to the language is ``docs/audiences.md``.
"""
