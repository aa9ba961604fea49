"""Run one table's suite on the candidate and say what came out. Fails closed.

Whatever goes wrong (no file, no table, no suite, an exception inside an expectation, a result
that never came back) becomes a failed critical :class:`CheckResult`; nothing here turns a
problem into silence. Great Expectations is imported inside, on first use.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expectations.context import GateContext, gate_context
from expectations.expectation import Expectation
from expectations.generic import PERSONAL_DATA
from expectations.registry import Suite, suite
from orchestration.configuration import Configuration
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.fingerprint import Fingerprint, fingerprints_of
from orchestration.publishing.verdict import CheckResult, Verdict, store_verdict
from orchestration.settings import Settings

RUNS = "suite_runs"
"""Name of the check that fails when a suite could not be run at all."""
_SHOWN_ROWS = 3
_SHOWN_CHARACTERS = 800


def judge(
    settings: Settings, configuration: Configuration, table: str, as_of: dt.date, run_id: str
) -> Verdict:
    """Run the suite of ``table`` on ``settings.candidate`` and store the verdict.

    Never raises for what is wrong with the data, the candidate or the suite: the verdict is red
    then and says why. Raises OSError when the verdict cannot be stored (publishing then finds
    none and refuses).
    """
    fingerprints: Mapping[str, Fingerprint] = {}
    try:
        before = _identity(settings.candidate)
        fingerprints = _fingerprints(settings.candidate, before)
        context = gate_context(settings, configuration, as_of)
        results = run_suite(
            settings.candidate,
            table,
            context,
            {"threads": settings.threads, "memory_limit": settings.memory_limit},
        )
        if _identity(settings.candidate) != before:
            results = [*results, _failed(table, "The candidate changed while it was checked.")]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a red verdict
        results = [_failed(table, _words(error))]
    verdict = Verdict(table, as_of, run_id, tuple(results), fingerprints)
    store_verdict(settings, verdict)
    return verdict


def run_suite(
    candidate: Path,
    table: str,
    context: GateContext,
    options: Mapping[str, Any] | None = None,
) -> list[CheckResult]:
    """The results of the suite of ``table`` on the file ``candidate``, one per expectation.

    ``options`` are DuckDB settings. When the suite cannot run, the one result is a failed
    ``suite_runs``. The file is free again afterwards.
    """
    try:
        return run_expectations(candidate, suite(table, context), options)
    except Exception as error:  # noqa: BLE001 - whatever it is, the check fails
        return [_failed(table, _words(error))]


def run_expectations(
    candidate: Path, suite_: Suite, options: Mapping[str, Any] | None = None
) -> list[CheckResult]:
    """Run a given suite; the first part of :func:`run_suite`, for suites made elsewhere.

    Raises what Great Expectations raises when it cannot open the table.
    """
    table = suite_.table
    if not suite_.expectations:
        return [_failed(table, "The suite is empty: nothing was checked.")]
    fingerprints_of(candidate, [])  # a missing or damaged file is named as such
    import great_expectations as gx  # takes seconds; only the gate pays

    from expectations.datasource import opened_table

    gx_suite = gx.ExpectationSuite(
        name=table, expectations=[e.configuration() for e in suite_.expectations]
    )
    with opened_table(candidate, table, dict(options or {})) as batch:
        validation = batch.validate(gx_suite, result_format="COMPLETE")
    by_name = {str((r.expectation_config.meta or {}).get("name")): r for r in validation.results}
    return [_result(table, e, by_name.get(e.name)) for e in suite_.expectations]


def _result(table: str, expectation: Expectation, result: Any) -> CheckResult:
    exception = None if result is None else _exception(result.exception_info)
    passed = result is not None and result.success is True and exception is None
    if result is None:
        observed = "no result came back"
    elif exception is not None:
        observed = f"could not be evaluated: {exception}"
    else:
        observed = _observed(expectation, result.result)
    message = expectation.description if passed else f"{expectation.description} {expectation.mend}"
    # An expectation that could not be evaluated says nothing about the data: never a warning.
    broken = result is None or exception is not None
    severity = "critical" if broken else expectation.severity
    return CheckResult(table, expectation.name, severity, passed, observed, message)


def _exception(info: Mapping[str, Any] | None) -> str | None:
    """The message of an exception. Great Expectations gives one, or one for each metric."""
    if not info:
        return None
    parts = [info] if "raised_exception" in info else list(info.values())
    messages = [
        str(part.get("exception_message")) for part in parts if part.get("raised_exception")
    ]
    return _short(messages[0]) if messages else None


def _observed(expectation: Expectation, result: Mapping[str, Any]) -> str:
    rows = (result.get("details") or {}).get("unexpected_rows")
    if rows is not None:
        count = result.get("observed_value")
        shown = "; ".join(
            ", ".join(f"{name}={value}" for name, value in row.items())
            for row in rows[:_SHOWN_ROWS]
        )
        return _short(f"{count} rows, e.g. {shown}" if rows else "no rows")
    if "unexpected_count" in result:
        count, total = result["unexpected_count"] or 0, result.get("element_count")
        text = f"{count} of {total} values"
        values = result.get("partial_unexpected_list") or []
        if expectation.shows_values and values:
            text += f", e.g. {', '.join(map(str, dict.fromkeys(values[:20])))}"
        return _short(text)
    return _short(str(result.get("observed_value")))


def _failed(table: str, observed: str) -> CheckResult:
    return CheckResult(
        table,
        RUNS,
        "critical",
        passed=False,
        observed=_short(observed),
        message=f"The suite of {table} runs on the candidate. Mend what is named, then "
        "materialise the candidate and its checks again.",
    )


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, PublishingError) else f"{type(error).__name__}: {error}"


def _short(text: str) -> str:
    """``text`` on one line, cut, and without personal data: results are stored, shown and published."""
    text = " ".join(text.split())
    for pattern in PERSONAL_DATA.values():
        text = re.sub(pattern, " *** ", text)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _identity(path: Path) -> tuple[int, int, int, int]:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise PublishingError(f"{path} does not exist. Materialise the candidate first.") from error
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.lru_cache(maxsize=1)
def _fingerprints(path: Path, identity: tuple[int, int, int, int]) -> dict[str, Fingerprint]:  # noqa: ARG001
    # One process checks all tables of one candidate; the fingerprints are computed once for it.
    return fingerprints_of(path)
