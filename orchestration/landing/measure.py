"""SQL that reads raw text as numbers and times, for checks and for inspecting (staging has its own)."""

from __future__ import annotations

from orchestration.landing.contract import ColumnType


def number_sql(column: str) -> str:
    """A DECIMAL(38,4) from text such as ``￥1,299.00``, ``1.2万``, ``3.2%`` or ``499.00（...）``; else null."""
    plain = f"regexp_replace(\"{column}\", '[￥¥$,，\\s]', '', 'g')"
    digits = f"regexp_extract({plain}, '^([+-]?[0-9]*\\.?[0-9]+)', 1)"
    unit = f"regexp_extract({plain}, '^[+-]?[0-9]*\\.?[0-9]+(万|亿|%)', 1)"
    factor = (
        f"case {unit} when '万' then 10000 when '亿' then 100000000 when '%' then 0.01 else 1 end"
    )
    slow = f"(try_cast({digits} as decimal(24, 4)) * {factor})::decimal(38, 4)"
    # Plain numbers are the rule; the expressions run only on the others.
    return f'coalesce(try_cast("{column}" as decimal(38, 4)), {slow})'


def time_sql(column: str, kind: ColumnType) -> str:
    """A TIMESTAMP from the date forms of the exports, as written (no zone applied); else null."""
    name = f'"{column}"'
    epochs = {ColumnType.EPOCH_S: 1_000_000, ColumnType.EPOCH_MS: 1_000, ColumnType.EPOCH_US: 1}
    if kind in epochs:
        return f"make_timestamp(try_cast({name} as bigint) * {epochs[kind]})"
    parts = f"regexp_extract({name}, '^([0-9]{{4}})[-/.年]?([0-9]{{1,2}})[-/.月]?([0-9]{{1,2}})', ['y', 'm', 'd'])"
    clock = f"regexp_extract({name}, '([0-9]{{1,2}})[:时]([0-9]{{1,2}})[:分]?([0-9]{{2}})?', ['h', 'i', 's'])"
    text = (
        f"format('{{}}-{{}}-{{}} {{}}:{{}}:{{}}', {parts}.y, lpad({parts}.m, 2, '0'), lpad({parts}.d, 2, '0'), "
        f"lpad(coalesce(nullif({clock}.h, ''), '0'), 2, '0'), lpad(coalesce(nullif({clock}.i, ''), '0'), 2, '0'), "
        f"lpad(coalesce(nullif({clock}.s, ''), '0'), 2, '0'))"
    )
    plain = f"case when length({name}) in (10, 19) then try_cast({name} as timestamp) end"
    return f"coalesce({plain}, try_cast(case when {parts}.y <> '' then {text} end as timestamp))"
