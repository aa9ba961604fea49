"""Makes the reference pages under ``docs/`` from the code, so that they cannot disagree: ``make docs``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.reasons import Finding, Reason
from orchestration.publishing.table import PublishedTable
from orchestration.publishing.tables import PUBLISHED_TABLES

FOLDER = Path(__file__).resolve().parents[1] / "docs"
_MADE = "<!-- Made by `make docs`; change the code, not this page. -->\n\n"
_STAGED = frozenset(
    path.stem.removeprefix("stg_")
    for path in (FOLDER.parent / "dbt_project" / "models" / "staging").rglob("stg_*.sql")
)


def exports_page(contracts: Mapping[str, Contract]) -> str:
    """All exports that are recognised: what they feed and how sure their headers are."""
    own = [contract for contract in contracts.values() if contract.platform != "generic"]
    generic = [contract for contract in contracts.values() if contract.platform == "generic"]
    lines = [
        "# Exports that are recognised",
        "",
        f"{len(own)} platform exports and {len(generic)} generic ones. A file is recognised by its headers, whatever its",
        "name or folder. *Confidence* says how many independent public sources the header names rest on. *Staged* exports",
        "reach people, orders, events, touches, money or reports; another one, such as that of a contract of your own, is",
        "read, checked and kept in raw until it gets a staging model.",
        "",
        "| export | what it is | one row per | container | encodings | speaks of | staged | confidence |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{contract.id}` | {_cell(contract.title)} | {_cell(_grain(contract))} | {', '.join(contract.containers)} "
        f"| {', '.join(contract.encodings)} | {', '.join(contract.feeds)} | {'yes' if contract.view in _STAGED else ''} "
        f"| {_cell(contract.confidence)} |"
        for contract in own
    ]
    lines += [
        "",
        "## Generic exports",
        "",
        "For data without a contract of its own. Column order is free; columns nobody knows are kept in `_extra`. Times",
        "without an offset are in the merchant's time zone, an empty cell is unknown.",
    ]
    for contract in generic:
        optional = [name for name in contract.columns if name not in contract.required]
        lines += [
            "",
            f"### `{contract.id}`",
            "",
            f"{_grain(contract).capitalize()} per row.",
            "",
            f"- required: {', '.join(f'`{name}`' for name in contract.required)}"
            + (
                f", and one of {', '.join('+'.join(group) for group in contract.one_of)}"
                if contract.one_of
                else ""
            ),
            f"- optional: {', '.join(f'`{name}`' for name in optional)}",
        ]
        if contract.status is not None:
            words = ", ".join(f"`{word}`" for word in contract.status.values)
            lines.append(f"- `{contract.status.column}`: {words}")
    return _MADE + "\n".join(lines) + "\n"


def published_page(tables: Mapping[str, PublishedTable]) -> str:
    """All published tables and their columns."""
    lines = [
        "# Published tables",
        "",
        "In `PUBLISHED/doubleloop.duckdb`, and as Parquet in `PUBLISHED/versions/<version>/`. Times are UTC, days are the",
        "merchant's, amounts are in the base currency. Columns may be added; none is renamed without a new major version.",
    ]
    for table in tables.values():
        lines += [
            "",
            f"## `{table.name}`",
            "",
            f"{table.grain.capitalize()}. {table.description} Key: {', '.join(f'`{name}`' for name in table.key)}.",
            "",
            "| column | type | what it says |",
            "|---|---|---|",
            *(
                f"| `{column.name}` | {column.type.lower()} | {_cell(column.description)} |"
                for column in table.columns
            ),
        ]
    return _MADE + "\n".join(lines) + "\n"


def quarantine_page() -> str:
    """All reasons for which rows and files wait for a mend, and all findings about files."""
    lines = [
        "# Quarantine, replay and drift",
        "",
        "A row that cannot be used is in `staging.quarantine` with its file, row number, column, value, reason and mend; the",
        "rest of its file counts. Row numbers are those of the data: the first row below the header is 1, blank lines of a",
        "text are not counted, empty rows of a sheet are. A header that comes again below the first (an export in parts, or",
        "files put one below the other) is counted as dropped, and the rows under it count, whatever the order of its",
        "columns. A file with more bad rows than `maximum_rejected_share` of its contract is held back as a whole, alone.",
        "Where a workbook has sheets of several exports, each of them is read and counted for itself, under a name such as",
        "`book.xlsx#退款`, with row numbers of its own.",
        "",
        "A bad row leaves quarantine, and is counted as *mended* in `staging.reconciliation`, when",
        "",
        "- the same key was delivered whole, at the same time or later, by another file;",
        "- its file was taken away from the landing folder, or another content was put in its place;",
        "- a newer file of the export with at least as many rows delivered all rows of its file again;",
        "- its file was read again under a contract, or typed with a status word or a currency rate, that explains it.",
        "",
        "Whatever is mended comes in once: rows are known by their keys, files by their bytes.",
        "",
        "## Reasons found while reading",
        "",
        "| code | what it says | mend |",
        "|---|---|---|",
        *(f"| `{reason}` | {_cell(reason.text)} | {_cell(reason.mend)} |" for reason in Reason),
        "",
        "## Reasons found while typing",
        "",
        "| reason | mend |",
        "|---|---|",
        *(f"| {reason} | {_cell(mend)} |" for reason, mend in _typing_reasons().items()),
        "",
        "## Findings about files",
        "",
        "Each is in `raw.findings` with export, contract version, file, observed, expected and mend, and in the published",
        "table `landing_findings`. A file with a blocking finding is held back: it would change numbers. All others count.",
        "Limits are under `landing` in `orchestration/defaults.yaml`; a missing required column is a reason above.",
        "",
        "| code | what it says | blocks | mend |",
        "|---|---|---|---|",
        *(
            f"| `{finding}` | {_cell(finding.text)} | {'yes' if finding is Finding.CHANGED_UNIT else ''} "
            f"| {_cell(finding.mend.replace('<hash>', '`<hash>`'))} |"
            for finding in Finding
        ),
    ]
    return _MADE + "\n".join(lines) + "\n"


def _typing_reasons() -> dict[str, str]:
    """Reason -> mend, as the dbt macro ``mend`` says it."""
    macros = FOLDER.parent / "dbt_project" / "macros"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(macros.rglob("*.sql")))
    body = text.split("{% macro mend(reason) -%}")[1].split("{%- endmacro %}")[0]
    return dict(re.findall(r"when '((?:[^']|'')+)'\s+then '((?:[^']|'')+)'", body))


def pages() -> dict[str, str]:
    """File name -> text of every page that is made."""
    return {
        "exports.md": exports_page(load_contracts()),
        "published.md": published_page(PUBLISHED_TABLES),
        "quarantine.md": quarantine_page(),
    }


def main() -> int:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    return 0


def _grain(contract: Contract) -> str:
    return contract.grain.removeprefix("one row per ").removeprefix("One row per ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
