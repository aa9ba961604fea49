"""From the mapping that YAML gives to the typed tree, with every problem named at once.

A problem says file, audience, key path, value and, where a name is not known, what is known.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from orchestration.audiences.columns import PROFILE_COLUMNS, KnownNames
from orchestration.audiences.language import (
    AllOf,
    AnyOf,
    Audience,
    Condition,
    Did,
    Header,
    InAudience,
    InLayer,
    Invited,
    Leaf,
    Lookalike,
    Not,
    Ordered,
    PrivateDomain,
    Profile,
    Reachable,
    Tagged,
    TopInterest,
    leaves,
)

LEAVES: Mapping[str, type[Leaf]] = {
    "did": Did,
    "ordered": Ordered,
    "tag": Tagged,
    "top_interest": TopInterest,
    "layer": InLayer,
    "profile": Profile,
    "reachable": Reachable,
    "private_domain": PrivateDomain,
    "invited": Invited,
    "in_audience": InAudience,
}
HEADS = ("all", "any", "not", *LEAVES, "lookalike")
_MAXIMUM_NAMES_SHOWN = 40

M = TypeVar("M", bound=BaseModel)
Report = Callable[[str, object, str], None]
"""Takes key path, value and what is wrong."""


class AudienceError(ValueError):
    """One or more definitions cannot be used; the message lists every problem and its mend."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "Audience definitions cannot be used:\n"
            + "\n".join(f"  {problem}" for problem in self.problems)
        )


def suggest(value: str, known: Iterable[str], what: str) -> str:
    """A sentence for an unknown name: the nearest known one, and the list of them."""
    names = sorted(set(known))
    near = difflib.get_close_matches(value, names, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(names[:_MAXIMUM_NAMES_SHOWN])
    more = f" and {len(names) - _MAXIMUM_NAMES_SHOWN} more" * (len(names) > _MAXIMUM_NAMES_SHOWN)
    return f"is not a known {what}.{hint} Known: {shown}{more}"


def parse_audience(raw: Mapping[str, Any], source: str, known: KnownNames) -> Audience:
    """The typed tree of one definition.

    ``source`` names the file in messages. Raises :class:`AudienceError` with every problem of
    the definition; references to other audiences are checked by the loader, which knows them.
    """
    name = raw.get("audience", "?")
    problems: list[str] = []

    def report(path: str, value: object, message: str) -> None:
        problems.append(f"{source}: audience {name!r}: {path} = {_short(value)}: {message}")

    header = _model(
        Header,
        {key: value for key, value in raw.items() if key != "conditions"},
        "",
        report,
        also_known=("conditions",),
    )
    if header is not None:
        for index, channel in enumerate(header.channels or ()):
            if channel not in known.contact_channels:
                message = suggest(channel, known.contact_channels, "contact channel")
                report(f"channels[{index}]", channel, message)
    condition = None
    if "conditions" in raw:
        condition = _condition(raw["conditions"], "conditions", known, report)
    else:
        report("conditions", None, "is missing; say who belongs to the audience")
    if condition is not None:
        similar = [leaf for leaf in leaves(condition) if isinstance(leaf, Lookalike)]
        if len(similar) > 1:
            report("conditions", [leaf.of for leaf in similar], "only one lookalike is possible")
    if problems or header is None or condition is None:
        raise AudienceError(problems)
    return Audience(**header.model_dump(), conditions=condition, source=source)


def _condition(given: object, path: str, known: KnownNames, report: Report) -> Condition | None:
    if not isinstance(given, dict):
        report(path, given, f"must be a mapping that starts with one of {', '.join(HEADS)}")
        return None
    raw = cast("dict[str, object]", given)
    heads = [key for key in raw if key in HEADS]
    if len(heads) != 1:
        _report_heads(raw, heads, path, report)
        return None
    head = heads[0]
    if head in ("all", "any", "not", "lookalike"):
        others = [key for key in raw if key != head]
        for key in others:
            report(f"{path}.{key}", raw[key], f"does not belong beside {head}")
        if others:
            return None
    if head in ("all", "any"):
        return _group(head, raw[head], f"{path}.{head}", known, report)
    if head == "not":
        inner = _condition(raw["not"], f"{path}.not", known, report)
        return None if inner is None else Not(condition=inner)
    if head == "lookalike":
        return _model(Lookalike, raw["lookalike"], f"{path}.lookalike", report)
    leaf = _model(LEAVES[head], raw, path, report)
    if leaf is not None:
        _check_names(leaf, path, known, report)
    return leaf


def _group(
    head: str, raw: object, path: str, known: KnownNames, report: Report
) -> Condition | None:
    is_list = isinstance(raw, list)
    items = cast("list[object]", raw) if is_list else []
    if not items:
        report(path, raw, "must be a list of at least one condition")
        return None
    parsed = [_condition(item, f"{path}[{i}]", known, report) for i, item in enumerate(items)]
    good = tuple(item for item in parsed if item is not None)
    if len(good) < len(parsed):
        return None
    return AllOf(conditions=good) if head == "all" else AnyOf(conditions=good)


def _report_heads(raw: Mapping[Any, Any], heads: list[str], path: str, report: Report) -> None:
    if heads:
        report(path, raw, f"{' and '.join(heads)} cannot stand in one condition; use all: or any:")
        return
    for key in map(str, raw):
        near = difflib.get_close_matches(key, HEADS, n=1, cutoff=0.6)
        if near:
            report(f"{path}.{key}", raw.get(key), f"is not known. Did you mean {near[0]!r}?")
            return
    report(path, raw, f"needs one of {', '.join(HEADS)}")


def _model(
    model: type[M], raw: object, path: str, report: Report, also_known: tuple[str, ...] = ()
) -> M | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        fields = [
            field.alias or name for name, field in model.model_fields.items() if name != "source"
        ]
        for item in error.errors():
            message = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden" and len(item["loc"]) == 1:
                message = suggest(str(item["loc"][0]), [*fields, *also_known], "key here")
            elif item["type"] == "missing":
                message = "is missing"
            report(
                _join(path, item["loc"]),
                None if item["type"] == "missing" else item["input"],
                message,
            )
        return None


def _join(path: str, parts: Iterable[str | int]) -> str:
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.startswith("<"):  # "<names>" and "<mapping>" tell forms apart, not keys
            path += f".{part}" if path else part
    return path


def _check_names(leaf: Leaf, path: str, known: KnownNames, report: Report) -> None:
    def check(key: str, values: Iterable[str] | None, names: Iterable[str], what: str) -> None:
        for value in values or ():
            if value not in names:
                report(f"{path}.{key}", value, suggest(value, names, what))

    match leaf:
        case Did():
            check("did", leaf.did, known.event_types, "event type")
            check("channel", leaf.channel, known.channels, "channel")
        case Ordered():
            check("channel", leaf.channel, known.channels, "channel")
        case Tagged():
            if known.tags is not None and not _is_tag(leaf.tag, known.tags):
                report(f"{path}.tag", leaf.tag, suggest(leaf.tag, known.tags, "tag"))
        case InLayer():
            check("layer", [leaf.layer], known.layers, "layer")
            values = known.layers.get(leaf.layer)
            if values is not None:
                check("is", leaf.is_values, values, f"value of {leaf.layer}")
                check("is_not", leaf.is_not, values, f"value of {leaf.layer}")
        case Profile():
            check("profile", [leaf.profile], PROFILE_COLUMNS, "column of audiences.profiles")
        case Reachable():
            check("reachable", leaf.reachable, known.contact_channels, "contact channel")
        case _:
            pass


def _is_tag(tag: str, known: tuple[str, ...]) -> bool:
    families = tuple(name.removesuffix("*") for name in known if name.endswith(".*"))
    return tag in known or (bool(families) and tag.startswith(families))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
