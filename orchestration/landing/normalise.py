"""Header and cell text: the small rules that recognising and reading share. Plain Python, no I/O."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata

# Removed wherever they stand: zero-width space, word joiner, BOM, and the direction marks
# that spreadsheets and address books put around phone numbers. The zero-width joiners
# (200C, 200D) hold emoji and names together, so they go only at the ends.
INVISIBLE = "\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Stripped at both ends of a cell.
EDGE = " \t\r\n\x0b\x0c\x00\x1c\x1d\x1e\x1f\x85\xa0\u3000\u200c\u200d\u2028\u2029"
NULL_WORDS = ("", "-", "--", "null", "NULL", "None", "\\N")
DROPPED_HEADER = re.compile("身份证|证件号")

# A spreadsheet keeps 15 digits of a number; a longer one has lost its last ones.
_EXACT_DIGITS_BELOW = 1e15

_INVISIBLE = str.maketrans("", "", INVISIBLE)
_SPACES = re.compile(r"\s+")
_COPY_SUFFIX = re.compile(r"\.\d{1,2}$")


def clean_text(value: str) -> str | None:
    """One cell as raw keeps it, or None when it says nothing.

    Invisible characters go, then edges, ``="..."`` and a leading apostrophe (each is how a
    platform or a spreadsheet protects digits); null words become None. This is the plain
    statement of the rule; :mod:`.clean` does the same to whole columns.
    """
    text = value.translate(_INVISIBLE).strip(EDGE)
    if text.startswith('="') and text.endswith('"') and len(text) >= 3:
        text = text[2:-1].replace('""', '"').strip(EDGE)
    if text.startswith("'"):
        text = text.lstrip("'").strip(EDGE)
    return None if text in NULL_WORDS else text


def cell_text(value: object) -> str:
    """A workbook cell as text: dates ISO, whole numbers without ``.0``.

    A number too long for a spreadsheet to hold is written as 1.234560E+18, so that an id
    column rejects it like the same damage in a CSV.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if abs(value) >= _EXACT_DIGITS_BELOW:
            return f"{float(value):E}"
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


@functools.lru_cache(maxsize=20_000)
def normalise_header(name: str) -> str:
    """The form in which two header names are compared; never shown to anyone.

    NFKC, no blanks, no invisible characters, 帐 as 账 and 劵 as 券 (both misspellings are in
    official headers), lower case.
    """
    text = clean_text(name) or ""
    text = _SPACES.sub("", unicodedata.normalize("NFKC", text).translate(_INVISIBLE))
    return text.replace("帐", "账").replace("劵", "券").lower()


def without_copy_suffix(normalised: str) -> str:
    """A header without the ``.1`` that tools append to the second of two equal names."""
    return _COPY_SUFFIX.sub("", normalised)


def normalise_status(text: str) -> str:
    """The form in which status texts are compared: NFKC (， becomes ,) without blanks."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))
