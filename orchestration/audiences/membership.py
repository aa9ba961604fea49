"""Who is in which audience: evaluate all definitions and describe the result.

Writes, in schema ``audiences``:

``audience_members``   audience, one_id, role ('target' or 'holdout'), score, tier
``audiences``          audience, title, goal, loop, owner, definition, people, targets, holdout,
                       as_of, priority
``audience_overlaps``  audience, other_audience, people, jaccard; each pair once, by name
``holdout_people``     one_id of everybody in the holdout, in an audience or not

The holdout is one for all audiences and channels and does not change from day to day: whether a
person is in it depends on salt, holdout name and one_id only. A person who leaves an audience
and comes back, or enters another one, keeps the role.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import numpy.typing as npt

from orchestration.audiences.compiling import compile_audience, quote
from orchestration.audiences.explaining import explain_audience
from orchestration.audiences.language import Audience
from orchestration.audiences.loading import AudienceSet, lookalike_in
from orchestration.audiences.parsing import AudienceError
from orchestration.configuration import Holdout

_HASH_DIGITS = 13  # 52 bits: the share is exact to 2e-16


def holdout_condition(holdout: Holdout, one_id: str) -> str:
    """SQL that is true for people in the holdout; ``one_id`` is a SQL expression.

    The first 52 bits of md5(salt | holdout | name | one_id), read as a fraction, lie under the
    share. Raising the share keeps everybody who is in.
    """
    threshold = format(int(holdout.share * 16**_HASH_DIGITS), f"0{_HASH_DIGITS}x")
    prefix = quote(f"|holdout|{holdout.name}|")
    return (
        f"left(md5(getvariable('id_salt') || {prefix} || {one_id}), {_HASH_DIGITS}) < '{threshold}'"
    )


def evaluate_base(
    connection: duckdb.DuckDBPyConnection, audiences: AudienceSet, holdout: Holdout
) -> dict[str, int]:
    """Evaluate every audience that needs no lookalike; people per audience.

    Starts ``audiences.audience_members`` and the empty ``audiences.lookalike_members``
    (audience, one_id, score DOUBLE, tier VARCHAR), which the caller fills before
    :func:`evaluate_dependent`. Needs ``audiences.profiles``. Raises :class:`AudienceError`
    when a query cannot run, naming the audience.
    """
    connection.execute(
        "create or replace table audiences.holdout_people as select one_id "
        f"from audiences.profiles where {holdout_condition(holdout, 'one_id')}"
    )
    connection.execute(
        "create or replace table audiences.audience_members "
        "(audience varchar, one_id varchar, role varchar, score double, tier varchar)"
    )
    connection.execute(
        "create or replace table audiences.lookalike_members "
        "(audience varchar, one_id varchar, score double, tier varchar)"
    )
    return _evaluate(connection, audiences.base)


def evaluate_dependent(
    connection: duckdb.DuckDBPyConnection, audiences: AudienceSet
) -> dict[str, int]:
    """Evaluate lookalike audiences and those that read them; people per audience.

    Reads ``audiences.lookalike_members``; a lookalike without rows there (its evaluation did not
    pass) is an empty audience. Can be repeated after :func:`evaluate_base`.
    """
    names = ", ".join(quote(audience.name) for audience in audiences.dependent)
    if names:
        connection.execute(f"delete from audiences.audience_members where audience in ({names})")
    return _evaluate(connection, audiences.dependent)


def seed_of(
    connection: duckdb.DuckDBPyConnection, audiences: AudienceSet, name: str
) -> npt.NDArray[np.object_]:
    """The seed of the lookalike audience ``name``: sorted one_ids, holdout included.

    The seed teaches what its people are like; nobody is contacted for being in it. Raises
    KeyError when ``name`` is not a lookalike audience.
    """
    condition = lookalike_in(audiences[name])
    if condition is None:
        raise KeyError(f"{name} is not a lookalike audience")
    found = connection.execute(
        "select one_id from audiences.audience_members where audience = ? order by one_id",
        [condition.of],
    ).fetchnumpy()["one_id"]
    return np.asarray(found, dtype=np.object_)


def write_audiences(connection: duckdb.DuckDBPyConnection, audiences: AudienceSet) -> None:
    """Write ``audiences.audiences``: one row per audience, also for empty ones."""
    connection.execute(
        "create or replace temporary table audience_headers (audience varchar, title varchar, "
        "goal varchar, loop varchar, owner varchar, definition varchar, priority integer)"
    )
    if len(audiences):
        connection.executemany(
            "insert into audience_headers values (?, ?, ?, ?, ?, ?, ?)",
            [
                [a.name, a.title, a.goal, a.loop, a.owner, explain_audience(a), a.priority]
                for a in audiences
            ],
        )
    connection.execute(
        """
        create or replace table audiences.audiences as
        select
            headers.audience,
            headers.title,
            headers.goal,
            headers.loop,
            headers.owner,
            headers.definition,
            count(members.one_id) as people,
            count(members.one_id) filter (where members.role = 'target') as targets,
            count(members.one_id) filter (where members.role = 'holdout') as holdout,
            getvariable('as_of') as as_of,
            headers.priority
        from audience_headers as headers
        left join audiences.audience_members as members
            on headers.audience = members.audience
        group by all
        order by headers.audience
        """
    )
    connection.execute("drop table audience_headers")


def write_overlaps(connection: duckdb.DuckDBPyConnection, audiences: AudienceSet) -> None:
    """Write ``audiences.audience_overlaps``: one row per pair, audience before other_audience.

    People with the same set of audiences are counted once as a group; pairs are made from the
    groups. Joining members to members would cost the square of the audiences of every person.
    """
    values = ", ".join(
        f"({position}, {quote(name)})"
        for position, name in enumerate(sorted(audience.name for audience in audiences))
    )
    if not values:
        values = "(null::integer, null::varchar)"
    connection.execute(
        f"""
        create or replace table audiences.audience_overlaps as
        with names (position, audience) as (values {values}),
        people as (
            select
                members.one_id,
                bitstring_agg(names.position, 0, {max(len(audiences) - 1, 0)}) as audiences
            from audiences.audience_members as members
            inner join names on members.audience = names.audience
            group by members.one_id
        ),
        sets as materialized (
            select audiences, count(*) as people from people group by audiences
        ),
        held as materialized (
            select names.position, sets.audiences, sets.people
            from sets
            inner join names on get_bit(sets.audiences, names.position) = 1
        ),
        sizes as (
            select position, sum(people)::bigint as people from held group by position
        ),
        shared as (
            select
                held.position,
                other.position as other_position,
                sum(held.people)::bigint as people
            from held
            inner join held as other
                on held.audiences = other.audiences and held.position < other.position
            group by held.position, other.position
        )
        select
            names.audience,
            other.audience as other_audience,
            coalesce(shared.people, 0) as people,
            coalesce(
                coalesce(shared.people, 0) / nullif(
                    coalesce(sizes.people, 0) + coalesce(other_sizes.people, 0)
                    - coalesce(shared.people, 0), 0
                ),
                0.0
            )::double as jaccard
        from names
        inner join names as other on names.position < other.position
        left join shared
            on names.position = shared.position and other.position = shared.other_position
        left join sizes on names.position = sizes.position
        left join sizes as other_sizes on other.position = other_sizes.position
        order by names.audience, other.audience
        """
    )


def _evaluate(
    connection: duckdb.DuckDBPyConnection, audiences: Iterable[Audience]
) -> dict[str, int]:
    people: dict[str, int] = {}
    for audience in audiences:
        name = quote(audience.name)
        try:
            row = connection.execute(
                f"""
                insert into audiences.audience_members
                select
                    {name},
                    members.one_id,
                    if(holdout.one_id is null, 'target', 'holdout'),
                    lookalikes.score,
                    lookalikes.tier
                from (
                {compile_audience(audience)}
                ) as members
                left join audiences.holdout_people as holdout on members.one_id = holdout.one_id
                left join audiences.lookalike_members as lookalikes
                    on members.one_id = lookalikes.one_id and lookalikes.audience = {name}
                """
            ).fetchone()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise AudienceError(
                [f"{audience.source}: audience {audience.name!r} cannot be evaluated: {error}"]
            ) from error
        people[audience.name] = int(row[0]) if row else 0
    return people
