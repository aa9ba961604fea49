"""Damaged exports for ``benchmarks.fuzz_landing``; every input follows from its seed alone."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.fuzz_archives import bomb, member_names, packed, workbook_xml, zip_directory
from benchmarks.fuzz_cases import Case
from benchmarks.fuzz_contents import (
    bytes_changed,
    deep_json,
    flipped,
    line_ends,
    long_line,
    many_columns,
    nothing_known,
    nuls,
    odd_cells,
    odd_json,
    quotes,
    random_bytes,
    spliced,
    text_changed,
    truncated,
    wrong_encoding,
)
from benchmarks.fuzz_inputs import Draw, delimited


def make(seed: int, kind: str | None = None) -> Case:
    """The input of a seed; without a kind, seeds go through the kinds in turn."""
    kinds = sorted(KINDS)
    draw = Draw(seed)
    kind = kind or kinds[seed % len(kinds)]
    case = KINDS[kind](draw)
    case.kind = kind
    return case


def _file_names(draw: Draw) -> Case:
    names = [
        b"..csv", b"...", b"a..b.csv", b"new\nline.csv", "表😀.csv".encode(), b"\xff\xfe\x80.csv", b"-rf.csv", b"'; drop table x; --.csv", b'q"uote.csv',
        b" lead.csv", b"a\\b.csv", b"$(x).csv", b"%s%n.csv", b"*.csv", b"[a].csv", b"{}.json", b"\x01.csv", b"x" * 250, b"deep/" * 30 + b"a.csv",
        b"tab\t.csv", b"\xe2\x80\xae.csv", b"a!/b.csv", b"orders_99999999999999.csv", b"20261301000000.csv", b"1999999999999.csv",
    ]  # fmt: skip
    case = Case("", {name: delimited(draw) for name in draw.sample(names, 4)})
    case.links = {
        b"link-out.csv": b"/etc/passwd",
        b"link-loop": b"link-loop",
        b"link-gone.csv": b"nowhere",
        b"link-up": b"..",
    }
    case.pipes = [b"pipe.csv"]
    return case


KINDS: dict[str, Callable[[Draw], Case]] = {
    "truncated": bytes_changed(truncated),
    "bits flipped": bytes_changed(flipped),
    "spans moved, doubled, cut out": bytes_changed(spliced),
    "random bytes": bytes_changed(random_bytes),
    "NULs": bytes_changed(nuls),
    "wrong encoding": text_changed(wrong_encoding),
    "mixed line ends": text_changed(line_ends),
    "stray quotes": text_changed(quotes),
    "10,000 columns": text_changed(many_columns),
    "odd cells": text_changed(odd_cells),
    "deep JSON": deep_json,
    "odd JSON": odd_json,
    "zip bombs": bomb,
    "names inside archives": member_names,
    "workbook XML": workbook_xml,
    "zip directory": zip_directory,
    "file names, links, pipes": _file_names,
    "not a table": nothing_known,
    "long lines": long_line,
    "other archives": packed,
}
