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
        "an id was saved as a number (1.23E+18, 16 and more digits in a number cell, or zeros in place of the last digits of a "
        "long id, where that is no chance); its last digits are lost",
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
    OTHER_TABLE = (
        "other_table",
        "the row is below a second header in the file, of a table with other columns",
        "Save the second table as a file of its own and land that.",
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
        "the archive holds archives in archives in archives",
        "Unpack it by hand and land the content.",
    )
    UNSUPPORTED_ARCHIVE = (
        "unsupported_archive",
        "the archive is of a kind that is not opened here (RAR, 7z, xz and others)",
        "Unpack it (with the password that the platform sent, if it asks for one) and land the content, or pack that as zip.",
    )
    MISSING_COLUMN = (
        "missing_column",
        "a required column is missing",
        "Export the file with that column, or add its new name to the contract's headers.",
    )
    SIDE_BY_SIDE = (
        "side_by_side",
        "two tables stand side by side in the file, so no row is one row",
        "Save each table as a file of its own and land those.",
    )
    TOO_MANY_REJECTS = (
        "too_many_rejects",
        "the share of bad rows is above the contract's limit, so nothing of the file was loaded",
        "Mend the rows or the contract; maximum_rejected_share is the limit.",
    )
    CHANGED_UNIT = (
        "changed_unit",
        "a money or rate column is in another unit than in the earlier files, so nothing of the file counts",
        "Export the file in the usual unit. If it is right as it is, list its hash under landing.accept.",
    )
    UNREADABLE_FILE = (
        "unreadable_file",
        "the file could not be read to its end",
        "Download the file again. If it opens elsewhere, report it with the message.",
    )


class Finding(StrEnum):
    """What is worth knowing about a file that was read; kept in ``raw.findings``, no row is lost.

    Each member carries what it means (``text``), what was to be expected (``expected``) and what
    to do about it (``mend``; ``<hash>`` stands for the hash of the file).
    """

    text: str
    expected: str
    mend: str

    def __new__(cls, code: str, text: str, expected: str, mend: str) -> Finding:
        """Build the member from its code and its words."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = text
        member.expected = expected
        member.mend = mend
        return member

    UNRECOGNISED_FILE = (
        "unrecognised_file",
        "no contract knows the file by its headers, and nothing of it was read",
        "one of the exports of docs/exports.md, or of your own contracts",
        "If it is an export, write a contract of your own in CONFIG/contracts (`doubleloop inspect` names the nearest one), "
        "or use a generic export. Else take the file out of the landing folder.",
    )
    NEW_COLUMN = (
        "new_column",
        "the contract does not know the column; its values are kept in _extra",
        "only columns of the contract",
        "Nothing is lost. To use the column, add it to your own contract under columns; to be silent about it, under ignored. "
        "What it says of customers is published where prediction.attributes names it (docs/audiences.md).",
    )
    LEFT_OUT = (
        "dropped_column",
        "identity-card data, dropped at the door",
        "no identity-card data",
        "Export the file without the column.",
    )
    TOTAL_DIFFERS = (
        "total_differs",
        "the file's own total row is not the sum of its rows",
        "a total row that is the sum of the rows",
        "Export the file again; rows are missing or were changed by hand.",
    )
    OTHER_SHEET = (
        "other_sheet",
        "a sheet of the workbook was not read: no export is known by its headers, or it has other columns than the sheet "
        "of the same export before it",
        "sheets with the header of an export",
        "Save the sheet as a file of its own if it holds data.",
    )
    UNKNOWN_STATUS = (
        "unknown_status",
        "the contract's status map does not have the status text",
        "status texts of the contract",
        "Say what it means in your own contract, under status.values.",
    )
    CHANGED_UNIT = (
        "changed_unit",
        "a money or rate column is a hundred or ten thousand times larger or smaller than in the earlier files",
        "the magnitude of the earlier files",
        "The file is held back. Export it in the usual unit; if it is right as it is, write its hash <hash> under "
        "landing.accept in CONFIG/configuration.yaml, and the next run takes it in.",
    )
    SHRUNKEN_FILE = (
        "shrunken_file",
        "an earlier file of the export has far more rows of the same days",
        "about as many rows as before",
        "Look whether the export was filtered or cut, and export it again. If it is right, write its hash <hash> under "
        "landing.accept in CONFIG/configuration.yaml.",
    )
    UNUSUAL_VOLUME = (
        "unusual_volume",
        "days with far more or far fewer rows than the same weekday usually has",
        "the usual volume of the weekday and festival",
        "Look whether days were exported twice, in part or not at all. If it is right, write its hash <hash> under "
        "landing.accept in CONFIG/configuration.yaml; festivals are under landing.festivals.",
    )
    UNCERTAIN_TIME = (
        "uncertain_export_time",
        "when the file was exported is not sure, and that decides which of two deliveries of the same days is newer",
        "a name with the time of the export, and no rows from after it",
        "Keep the name that the platform gave the file, or add the time of the export to it, such as 20261130093000. "
        "Copying a file may change its own time, which is taken where the name has none.",
    )
