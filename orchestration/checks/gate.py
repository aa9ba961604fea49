"""The gate: one blocking check per candidate table, made of its Great Expectations suite."""

from collections.abc import Sequence

import dagster as dg

from orchestration.assets.support import as_of_date
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.publishing.verdict import CheckResult
from orchestration.resources.deployment import Deployment


def build_gate_checks(deployment: Deployment) -> list[dg.AssetChecksDefinition]:
    """One ``@asset_check`` per table: with a single definition, one red table would hide the others."""
    return [_build(deployment, table) for table in CANDIDATE_TABLES]


def _build(deployment: Deployment, table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=["candidate", table],
        name="gate",
        blocking=True,
        description=f"The expectation suite of `{table}` holds on the candidate. Nothing is published otherwise.",
    )
    def gate(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        # Great Expectations takes eight seconds to import; only a run that checks pays for it.
        from expectations.runner import judge

        verdict = judge(
            deployment.settings,
            deployment.configuration,
            table,
            as_of_date(context),
            context.run.run_id,
        )
        red = [result for result in verdict.results if not result.passed]
        return dg.AssetCheckResult(
            passed=verdict.is_green,
            severity=dg.AssetCheckSeverity.ERROR,
            description="; ".join(f"{r.check}: {r.message} (observed: {r.observed})" for r in red)
            or None,
            metadata={
                "expectations": len(verdict.results),
                "red": len(red),
                "results": dg.MetadataValue.md(_results_table(verdict.results)),
            },
        )

    return gate


def _results_table(results: Sequence[CheckResult]) -> str:
    lines = ["| | check | severity | observed | |", "|---|---|---|---|---|"]
    lines += [
        f"| {'ok' if result.passed else '**red**'} | {result.check} | {result.severity} | {result.observed} "
        f"| {result.message} |"
        for result in sorted(results, key=lambda result: (result.passed, result.check))
    ]
    return "\n".join(lines)
