"""What the gate said about a table, tied to exactly the data it was said about.

A verdict is made by the runner of the expectations, stored under ``HOME/state/verdicts`` and
demanded by the publish step. It carries the fingerprints of *all* candidate tables: checks look
across tables, so a verdict is void as soon as any of them changes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from orchestration.publishing.errors import GateRefusedError
from orchestration.publishing.files import write_atomically
from orchestration.publishing.fingerprint import Fingerprint, fingerprints_of
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.settings import Settings

Severity = Literal["critical", "warning"]
MEND = "Materialise the candidate and all of its checks again, then publish."


@dataclass(frozen=True)
class CheckResult:
    """One check of one table. ``message`` says what must hold and, when it does not, how to mend it."""

    table: str
    check: str
    severity: Severity
    passed: bool
    observed: str
    message: str

    @property
    def is_red(self) -> bool:
        """Whether this result stops publishing."""
        return self.severity == "critical" and not self.passed


@dataclass(frozen=True)
class Verdict:
    """All results of one table's suite and the fingerprints of all candidate tables at that moment."""

    table: str
    as_of: dt.date
    run_id: str
    results: tuple[CheckResult, ...]
    fingerprints: Mapping[str, Fingerprint]

    @property
    def is_green(self) -> bool:
        """At least one check ran and every critical one passed."""
        return bool(self.results) and not any(result.is_red for result in self.results)


def store_verdict(settings: Settings, verdict: Verdict) -> Path:
    """Store a verdict as the latest one of its table; returns the file."""
    path = _file(settings, verdict.table)
    values = asdict(verdict) | {"as_of": verdict.as_of.isoformat()}
    write_atomically(path, json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True))
    return path


def load_verdicts(
    settings: Settings, tables: Iterable[str] = CANDIDATE_TABLES
) -> dict[str, Verdict]:
    """The latest stored verdict of each table. A table never judged is absent.

    A file that cannot be read raises :class:`GateRefusedError`: no verdict is known then.
    """
    verdicts: dict[str, Verdict] = {}
    for table in tables:
        path = _file(settings, table)
        if not path.exists():
            continue
        try:
            verdicts[table] = _parsed(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GateRefusedError(
                f"The gate's verdict on {table} in {path} cannot be read ({error!r}). {MEND}"
            ) from error
    return verdicts


def demand_green(
    candidate: Path,
    verdicts: Mapping[str, Verdict],
    required_tables: Iterable[str] = CANDIDATE_TABLES,
) -> dict[str, Fingerprint]:
    """The candidate's current fingerprints, if every table of it has a green verdict on exactly these.

    Raises :class:`GateRefusedError`, naming each table and check that is missing, red or stale:
    a required table is not in the candidate, a table of the candidate has no verdict or no
    checks, a critical check failed, or the data is not what was judged.
    """
    current = fingerprints_of(candidate)
    required = set(required_tables)
    refusals = [f"{table}: is not in the candidate" for table in sorted(required - set(current))]
    for table in sorted(required | set(current)):
        verdict = verdicts.get(table)
        if verdict is None:
            refusals.append(f"{table}: was not checked")
            continue
        if not verdict.results:
            refusals.append(f"{table}: no check ran")
        refusals += [
            f"{table}.{result.check}: {result.message} (observed: {result.observed})"
            for result in verdict.results
            if result.is_red
        ]
        if dict(verdict.fingerprints) != current:
            refusals.append(f"{table}: was checked on other data than the candidate now holds")
    if refusals:
        raise GateRefusedError(
            "The gate refuses to publish:\n"
            + "\n".join(f"  {refusal}" for refusal in refusals)
            + f"\nThe version served before stays. Mend the cause, then: {MEND}"
        )
    return current


def gate_summary(results: Iterable[CheckResult]) -> str:
    """The gate in a few words, for ``publications.gate``: 'passed', with the number of warnings."""
    warnings = sum(1 for result in results if not result.passed)
    return f"passed with {warnings} warning{'s' * (warnings > 1)}" if warnings else "passed"


def _file(settings: Settings, table: str) -> Path:
    return settings.state / "verdicts" / f"{table}.json"


def _parsed(values: dict[str, Any]) -> Verdict:
    results = tuple(CheckResult(**result) for result in values["results"])
    for result in results:
        # A severity nobody knows must not count as "does not stop publishing".
        if result.severity not in get_args(Severity) or type(result.passed) is not bool:
            raise ValueError(
                f"{result.check} has severity {result.severity!r}, passed {result.passed!r}"
            )
    return Verdict(
        table=values["table"],
        as_of=dt.date.fromisoformat(values["as_of"]),
        run_id=values["run_id"],
        results=results,
        fingerprints={
            name: Fingerprint(**print_) for name, print_ in values["fingerprints"].items()
        },
    )
