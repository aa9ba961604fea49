"""One recognised file to one raw Parquet file."""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.assemble import Assembler
from orchestration.landing.container import RejectedFileError
from orchestration.landing.contract import Contract
from orchestration.landing.json_header import json_header
from orchestration.landing.measure import number_sql
from orchestration.landing.normalise import normalise_status
from orchestration.landing.plan import Plan
from orchestration.landing.raw_writer import Lineage
from orchestration.landing.read_json import read_json
from orchestration.landing.read_result import ReadResult, TooManyRejectsError
from orchestration.landing.read_sheet import read_parquet, read_sheets
from orchestration.landing.read_text import read_text
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.recognised import Recognised

_STATUS_SHOWN = 20


@dataclass(frozen=True)
class Loaded:
    """A file in raw: the account of its rows and the columns it had."""

    result: ReadResult
    header: list[str]


def read(path: Path, found: Recognised, target: Path, lineage: Lineage, scratch: Path) -> Loaded:
    """Read a file into ``target`` (a temporary name; the caller moves it).

    Memory stays bounded whatever the size of a text or JSON file. Raises
    :class:`RejectedFileError` when the file as a whole cannot be loaded; nothing is left at
    ``target`` then.
    """
    contract = found.contract
    target.parent.mkdir(parents=True, exist_ok=True)
    header = json_header(path, found) if found.container == "json" else found.header
    plan = Plan(contract, header, found.container, found.title)
    assembler = Assembler(plan, target, lineage)
    try:
        if found.container == "json":
            read_json(path, found, header, assembler, scratch)
        elif found.container == "parquet":
            read_parquet(path, found, assembler)
        elif found.container == "text":
            read_text(path, found, assembler, scratch)
        else:
            read_sheets(found, assembler)
        result = assembler.finish()
        _limit(result, contract)
    except pa.ArrowException as error:
        assembler.abandon()
        raise RejectedFileError(Reason.UNREADABLE_FILE, str(error)) from error
    except UnicodeError as error:
        assembler.abandon()
        raise RejectedFileError(Reason.UNREADABLE_ENCODING, str(error)) from error
    except BaseException:
        assembler.abandon()
        raise
    result.findings += [*_compare_totals(result, target), *_unknown_statuses(result, contract)]
    return Loaded(result, header)


def _limit(result: ReadResult, contract: Contract) -> None:
    if result.rejected > contract.maximum_rejected_share * max(result.delivered, 1):
        first = result.rejects[0]
        raise TooManyRejectsError(
            result,
            f"{result.rejected} of {result.delivered} rows are bad "
            f"(first: row {first.row_number}, {first.reason.text}); the limit is {contract.maximum_rejected_share:.0%}",
        )


def _compare_totals(result: ReadResult, target: Path) -> list[tuple[Finding, str, str]]:
    """The file's own total rows against the sums of its rows."""
    stated = result.totals or result.subtotals
    if len(stated) != 1 or not stated[0]:
        return []  # no total, or several parts: nothing that the whole must equal
    total = stated[0]
    sums = ", ".join(f'sum({number_sql(name)}) as "{name}"' for name in total)
    with duckdb.connect() as connection:
        row = (
            connection.execute(
                f"select {sums} from read_parquet($path)", {"path": str(target)}
            ).fetchone()
            or ()
        )
        findings: list[tuple[Finding, str, str]] = []
        for (name, text), found in zip(total.items(), row, strict=True):
            claimed = (
                connection.execute(
                    f"select {number_sql('v')} from (select $v as v)", {"v": text}
                ).fetchone()
                or (None,)
            )[0]
            if claimed is not None and found is not None and claimed != found:
                findings.append(
                    (
                        Finding.TOTAL_DIFFERS,
                        name,
                        f"the total row says {claimed}, the rows add up to {found}",
                    )
                )
    return findings


def _unknown_statuses(result: ReadResult, contract: Contract) -> list[tuple[Finding, str, str]]:
    if contract.status is None or not contract.status.values:
        return []
    known = contract.status.known
    unknown = [text for text in sorted(result.statuses) if normalise_status(text) not in known]
    detail = f"not in the status map of {contract.id} version {contract.version}"
    return [(Finding.UNKNOWN_STATUS, text, detail) for text in unknown[:_STATUS_SHOWN]]
