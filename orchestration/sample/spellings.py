"""Identifiers as partners and devices spell them: hashes and check digits."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.sample.text import joined, padded


def digests(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """MD5 and SHA-256 in hex of every text, in order."""
    table = pa.table({"place": np.arange(len(texts)), "spelling": texts})
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("spellings", table)
        rows = connection.execute(
            "select md5(spelling) as md5, sha256(spelling) as sha256 from spellings order by place"
        ).fetchnumpy()
    return pa.array(rows["md5"], pa.string()), pa.array(rows["sha256"], pa.string())


def with_check_digit(digits: pa.Array) -> pa.Array:
    """IMEIs from their first 14 digits (Luhn)."""
    values = np.array([list(text) for text in digits.to_pylist()], dtype=np.int64).reshape(-1, 14)
    values[:, 1::2] *= 2
    total = (values // 10 + values % 10).sum(axis=1)
    return joined(digits, padded((10 - total % 10) % 10, 1))
