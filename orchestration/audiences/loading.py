"""Definitions from files to one checked :class:`AudienceSet`.

Shipped definitions lie in ``definitions/``; a merchant's ``CONFIG/audiences/*.yaml`` add to them
or replace the one of the same name as a whole. ``enabled: false`` takes an audience out.
"""

from __future__ import annotations

import graphlib
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

from orchestration.audiences.columns import KnownNames
from orchestration.audiences.language import (
    Audience,
    InAudience,
    Lookalike,
    Tagged,
    TopInterest,
    leaves,
)
from orchestration.audiences.parsing import AudienceError, parse_audience, suggest

DEFINITIONS = Path(__file__).with_name("definitions")


@dataclass(frozen=True)
class LookalikeRequest:
    """What the caller must score: people like ``seed``, written under the name ``audience``."""

    audience: str
    seed: str
    condition: Lookalike


@dataclass(frozen=True)
class AudienceSet:
    """All enabled audiences; each stands after the audiences it reads.

    ``audiences`` is in evaluation order; the order is the same for the same definitions.
    """

    audiences: tuple[Audience, ...]

    def __iter__(self) -> Iterator[Audience]:
        return iter(self.audiences)

    def __len__(self) -> int:
        return len(self.audiences)

    def __getitem__(self, name: str) -> Audience:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, Audience]:
        return {audience.name: audience for audience in self.audiences}

    @cached_property
    def _names_of_dependent(self) -> frozenset[str]:
        dependent: set[str] = set()
        for audience in self.audiences:
            if lookalike_in(audience) is not None or dependent & reads(audience):
                dependent.add(audience.name)
        return frozenset(dependent)

    @property
    def base(self) -> tuple[Audience, ...]:
        """Audiences that can be evaluated before any lookalike, in order."""
        return tuple(a for a in self.audiences if a.name not in self._names_of_dependent)

    @property
    def dependent(self) -> tuple[Audience, ...]:
        """Lookalike audiences and those that read them, in order."""
        return tuple(a for a in self.audiences if a.name in self._names_of_dependent)

    @property
    def lookalikes(self) -> tuple[LookalikeRequest, ...]:
        """What has to be scored between the two phases, in order of evaluation."""
        return tuple(
            LookalikeRequest(audience.name, condition.of, condition)
            for audience in self.audiences
            if (condition := lookalike_in(audience)) is not None
        )

    def tags_used(self) -> dict[str, tuple[str, ...]]:
        """Tag -> the audiences that name it, sorted. ``interest.*`` is used by a top interest."""
        used: dict[str, set[str]] = {}
        for audience in self.audiences:
            for leaf in leaves(audience.conditions):
                if isinstance(leaf, Tagged):
                    used.setdefault(leaf.tag, set()).add(audience.name)
                elif isinstance(leaf, TopInterest):
                    used.setdefault("interest.*", set()).add(audience.name)
        return {tag: tuple(sorted(names)) for tag, names in sorted(used.items())}


def lookalike_in(audience: Audience) -> Lookalike | None:
    """The audience's lookalike condition, if it has one (the parser allows one at most)."""
    found = [leaf for leaf in leaves(audience.conditions) if isinstance(leaf, Lookalike)]
    return found[0] if found else None


def reads(audience: Audience) -> frozenset[str]:
    """Names of the audiences this one reads."""
    names: set[str] = set()
    for leaf in leaves(audience.conditions):
        if isinstance(leaf, InAudience):
            names.update(leaf.in_audience)
        elif isinstance(leaf, Lookalike):
            names.update((leaf.of, *(leaf.exclude or ())))
    return frozenset(names)


def load_audiences(config: Path | None = None, known: KnownNames | None = None) -> AudienceSet:
    """The shipped definitions and the merchant's (``config/audiences/*.yaml``).

    Raises :class:`AudienceError` naming every problem of every file: unknown keys, names and
    references, values of the wrong type, circles.
    """
    known = known or KnownNames()
    problems: list[str] = []
    files: dict[str, tuple[Path, dict[str, Any]]] = {}
    for folder in (DEFINITIONS, *(() if config is None else (config / "audiences",))):
        files |= _read_folder(folder, problems)
    parsed: list[Audience] = []
    disabled: set[str] = set()
    for name, (path, raw) in sorted(files.items()):
        enabled = raw.pop("enabled", True)
        if not isinstance(enabled, bool):
            problems.append(
                f"{path}: audience {name!r}: enabled = {enabled!r}: must be true or false"
            )
            continue
        if not enabled:
            disabled.add(name)
            continue
        try:
            parsed.append(parse_audience(raw, str(path), known))
        except AudienceError as error:
            problems.extend(error.problems)
    if problems:
        raise AudienceError(problems)
    return order_audiences(parsed, frozenset(disabled))


def order_audiences(parsed: list[Audience], disabled: frozenset[str] = frozenset()) -> AudienceSet:
    """The audiences in evaluation order; raises for unknown references and circles."""
    by_name = {audience.name: audience for audience in parsed}
    problems: list[str] = []
    for audience in sorted(parsed, key=lambda item: item.name):
        for name in sorted(reads(audience) - by_name.keys()):
            why = (
                "is disabled (enabled: false)"
                if name in disabled
                else suggest(name, by_name, "audience")
            )
            problems.append(f"{audience.source}: audience {audience.name!r}: {name!r} {why}")
    if problems:
        raise AudienceError(problems)
    sorter = graphlib.TopologicalSorter(
        {name: sorted(reads(by_name[name])) for name in sorted(by_name)}
    )
    try:
        audiences = AudienceSet(tuple(by_name[name] for name in sorter.static_order()))
    except graphlib.CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise AudienceError([f"audiences read each other in a circle: {circle}"]) from error
    base = {audience.name for audience in audiences.base}
    nested = [
        (request.audience, name, "the seed of" if name == request.seed else "excluded from")
        for request in audiences.lookalikes
        for name in (request.seed, *(request.condition.exclude or ()))
        if name not in base
    ]
    if nested:
        raise AudienceError(
            f"{by_name[audience].source}: audience {audience!r}: {name!r} "
            f"is made from a lookalike and cannot be {role} another one"
            for audience, name, role in nested
        )
    return audiences


def _read_folder(folder: Path, problems: list[str]) -> dict[str, tuple[Path, dict[str, Any]]]:
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    if not folder.is_dir():
        return found
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yml":
            problems.append(f"{path}: definitions end in .yaml; rename the file")
        if path.suffix != ".yaml":
            continue
        try:
            raw = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            problems.append(f"{path}: is not readable YAML: {' '.join(str(error).split())}")
            continue
        if not isinstance(raw, dict):
            problems.append(f"{path}: must be a mapping that starts with audience: {path.stem}")
            continue
        definition = cast("dict[str, Any]", raw)
        if definition.get("audience") != path.stem:
            problems.append(
                f"{path}: audience = {definition.get('audience')!r}: file and audience need the "
                f"same name; write audience: {path.stem} or rename the file"
            )
        else:
            found[path.stem] = (path, definition)
    return found
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yml":
            problems.append(f"{path}: definitions end in .yaml; rename the file")
        if path.suffix != ".yaml":
            continue
        try:
            raw = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            problems.append(f"{path}: is not readable YAML: {' '.join(str(error).split())}")
            continue
        if not isinstance(raw, dict):
            problems.append(f"{path}: must be a mapping that starts with audience: {path.stem}")
        elif raw.get("audience") != path.stem:
            problems.append(
                f"{path}: audience = {raw.get('audience')!r}: file and audience need the same "
                f"name; write audience: {path.stem} or rename the file"
            )
        else:
            found[path.stem] = (path, raw)
    return found


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key: Hashable = self.construct_object(key_node, deep=True)  # pyright: ignore[reportUnknownMemberType]
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
