"""Why a row or a file is not loaded, and what a finding about a loaded file means.

Belongs here: the documented list of codes. The code that decides on them is in the readers.
"""

from __future__ import annotations

from enum import StrEnum


class LandingError(RuntimeError):
    """The landing layer cannot work at all (no folder, no contract); the message says how to mend it."""


class Reason(StrEnum):
    """Why a row (or, with no row number, a whole file) is in ``raw.rejects``.

    Each member carries its documentation (``text``) and the usual mend (``mend``).
    """

    text: str
    mend: str

    def __new__(cls, code: str, text: str, mend: str) -> Reason:
        """Build the member from its code, what it means and how it is mended."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = text
        member.mend = mend
        return member

    # Rows
    RAGGED_ROW = (
        "ragged_row",
        "the row has more or fewer cells than the header",
        "Export the file again, or quote the cell that holds the delimiter.",
    )
    UNCLOSED_QUOTE = (
        "unclosed_quote",
        "a quote opens in this row and never closes",
        "Export the file again, or close or double the quote.",
    )
    UNDECODABLE = (
        "undecodable",
        "a cell has bytes that the file's encoding does not allow",
        "Export the file again; the bytes were damaged on the way.",
    )
    DIGITS_LOST = (
        "digits_lost",
        "an id was saved as a number (1.23E+18, or 16 and more digits in a number cell); its last digits are lost",
        "Download the file again and do not open it in a spreadsheet before landing it.",
    )
    MALFORMED_JSON = (
        "malformed_json",
        "the line is not one JSON object",
        "Export the file again; the line is cut or damaged.",
    )
    NO_KNOWN_FIELD = (
        "no_known_field",
        "the record has none of the contract's fields",
        "Check that the record belongs into this file, or add its fields to the contract.",
    )
    # Files
    EMPTY_FILE = ("empty_file", "the file has no content", "Export the file again.")
    UNREADABLE_ENCODING = (
        "unreadable_encoding",
        "the text is neither UTF-8 nor GB18030 (nor another encoding of its contract)",
        "Save the file as UTF-8, or export it again.",
    )
    BROKEN_CONTAINER = (
        "broken_container",
        "the workbook, archive or Parquet file cannot be opened",
        "Download the file again; it is cut or damaged.",
    )
    ENCRYPTED = (
        "encrypted",
        "the archive or workbook is protected by a password",
        "Unpack it with the password that the platform sent and land the content.",
    )
    ARCHIVE_TOO_LARGE = (
        "archive_too_large",
        "the archive expands to more than the limit",
        "Unpack it by hand and land the content if it is what you expect.",
    )
    NESTED_ARCHIVE = (
        "nested_archive",
        "the archive holds another archive",
        "Unpack it by hand and land the content.",
    )
    MISSING_COLUMN = (
        "missing_column",
        "a required column is missing",
        "Export the file with that column, or add its new name to the contract's headers.",
    )
    TOO_MANY_REJECTS = (
        "too_many_rejects",
        "the share of bad rows is above the contract's limit, so nothing of the file was loaded",
        "Mend the rows or the contract; maximum_rejected_share is the limit.",
    )
    UNREADABLE_FILE = (
        "unreadable_file",
        "the file could not be read to its end",
        "Download the file again. If it opens elsewhere, report it with the message.",
    )


class Finding(StrEnum):
    """What is worth knowing about a loaded file; kept in ``raw.findings``, no row is lost."""

    NEW_COLUMN = "new_column"  # no contract knows the column; its values are in _extra
    LEFT_OUT = "dropped_column"  # identity-card data, dropped at the door
    TOTAL_DIFFERS = "total_differs"  # the file's own total row is not the sum of its rows
    OTHER_SHEET = "other_sheet"  # a sheet of the workbook was not read
    UNKNOWN_STATUS = "unknown_status"  # a status text that the contract's map does not have
