"""JSON documents element by element: arrays, wrapped arrays and objects one after the other, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from orchestration.landing.container import RejectedFileError
from orchestration.landing.json_shape import LONGEST_OBJECT
from orchestration.landing.reasons import Reason

_CHUNK = 1 << 20
_BLANK = " \t\r\n\ufeff"
_IN_NUMBERS = "0123456789.eE+-"


class Number(float):
    """A float that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Number:
        """Keep the text beside its value."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def integer(text: str) -> int | Number:
    """A whole number; one of thousands of digits as :class:`Number` (Python refuses to convert it)."""
    return int(text) if len(text) < 4_000 else Number(text)


def elements(path: Path, encoding: str, wrapper: str | None) -> Iterator[Any]:
    """The values of a file: of arrays (or of the array under ``wrapper``) each element, else each document.

    Raises :class:`RejectedFileError` where the text is not JSON, is not text, or one element is too long.
    """
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        text = _Text(file)
        try:
            while start := text.peek(","):
                if start == "[":
                    yield from text.array()
                elif start == "{" and wrapper is not None:
                    yield from text.wrapped(wrapper)
                else:
                    yield text.value()
        except (json.JSONDecodeError, RecursionError, UnicodeDecodeError) as error:
            raise RejectedFileError(Reason.MALFORMED_JSON, str(error)) from error


class _Text:
    """What has been read of a file and not yet used."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._held, self._place, self._is_all = "", 0, False
        self._decoder = json.JSONDecoder(parse_float=Number, parse_int=integer)

    def peek(self, skipped: str = "") -> str:
        """The next character that is not blank (nor one of ``skipped``), empty at the end."""
        passed = _BLANK + skipped
        while True:
            while self._place < len(self._held) and self._held[self._place] in passed:
                self._place += 1
            if self._place < len(self._held):
                return self._held[self._place]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The value that starts here."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._place)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number that ends where what was read ends ("1", "1.", "1e-") may go on.
            if (
                not self._held[end : end + 3].strip(_IN_NUMBERS)
                and end + 3 > len(self._held)
                and self._more()
            ):
                continue
            self._place = end
            return value

    def array(self) -> Iterator[Any]:
        """The elements of the array that starts here."""
        self._take("[")
        while (next_one := self.peek(",")) != "]":
            if not next_one:
                self._fail("an array does not end")
            yield self.value()
        self._place += 1

    def wrapped(self, wrapper: str) -> Iterator[Any]:
        """The elements of the array under one key of the object that starts here."""
        self._take("{")
        while (next_one := self.peek(",")) != "}":
            if next_one != '"':
                self._fail("an object does not end")
            key = self.value()
            self.peek()
            self._take(":")
            if key != wrapper:
                self.value()
            elif self.peek() == "[":
                yield from self.array()
            else:
                yield self.value()
        self._place += 1

    def _take(self, character: str) -> None:
        if self.peek() != character:
            self._fail(f"{character} is missing")
        self._place += 1

    def _fail(self, what: str) -> None:
        raise json.JSONDecodeError(what, self._held[self._place :][:100], 0)

    def _more(self) -> bool:
        """Read on; doubling what is held, so that a long value is not begun too often."""
        if self._is_all:
            return False
        rest = self._held[self._place :]
        if len(rest) > LONGEST_OBJECT:
            raise RejectedFileError(
                Reason.MALFORMED_JSON,
                f"a value of more than {LONGEST_OBJECT >> 20} million characters",
            )
        more = self._file.read(max(_CHUNK, len(rest)))
        self._held, self._place = rest + more, 0
        self._is_all = not more
        return bool(more)
