"""What a hard case of identity is made of: accounts, what they carry, who shares something with whom."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from orchestration.sample.text import Flags, Ints, Text


@dataclass(frozen=True)
class Carried:
    """An identifier of some of the accounts of a group."""

    stated_type: Text
    """As ``identifier_type`` of the export says it (phone_md5, imei...)."""
    delivered: pa.Array
    identifier_type: str
    value: pa.Array
    """What a perfect pipeline makes of it."""
    usable: bool
    present: Flags


@dataclass(frozen=True)
class Case:
    """Accounts of one platform in one hard case. ``joined`` is in seconds of the period."""

    name: str
    platform: str
    person: Ints
    account_id: pa.Array
    joined: Ints
    carried: list[Carried]


@dataclass(frozen=True)
class Relation:
    """Two people who share something and are not one; rows of people."""

    name: str
    person: Ints
    other: Ints
