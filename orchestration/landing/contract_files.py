"""Contracts out of YAML files: those of the product, changed and added to by a merchant's own.

Belongs here: finding, reading and merging files. A merchant's ``CONFIG/contracts/*.yaml`` adds
contracts, replaces one (same id) or extends one (``extends: <id>``: mappings merge, lists append,
single values replace).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from orchestration.landing.contract import Contract, ContractError

CONTRACTS = Path(__file__).with_name("contracts")


def load_contracts(config: Path | None = None) -> dict[str, Contract]:
    """All contracts by id: those of the product, then those of ``config``/contracts.

    Raises :class:`ContractError` naming file, key and reason.
    """
    documents: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in sorted(CONTRACTS.glob("*.yaml")):
        document = _read(path)
        documents[str(document.get("id"))] = (path, document)
    for path in own_contract_files(config):
        document = _read(path)
        base = document.pop("extends", None)
        if base is not None:
            if base not in documents:
                known = ", ".join(sorted(documents))
                raise ContractError(
                    f"{path}: extends: there is no contract {base!r}. Known are: {known}"
                )
            document = _merge(documents[base][1], document)
        documents[str(document.get("id"))] = (path, document)
    contracts = {
        key: _validate(path, document) for key, (path, document) in sorted(documents.items())
    }
    views: dict[str, str] = {}
    for contract in contracts.values():
        other = views.setdefault(contract.view, contract.id)
        if other != contract.id:
            raise ContractError(
                f"{contract.id} and {other} would both be raw.{contract.view}. Rename one."
            )
    return contracts


def contract_id(path: Path) -> str:
    """The id that a contract file states. Raises :class:`ContractError` where it states none."""
    document = _read(path)
    if "id" not in document:
        raise ContractError(f"{path}: id: a contract names the export it is for")
    return str(document["id"])


def own_contract_files(config: Path | None) -> list[Path]:
    """The contract files of a CONFIG folder, in the order in which they are read."""
    folder = None if config is None else config / "contracts"
    if folder is None or not folder.is_dir():
        return []
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: is not readable YAML: {error}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{path}: must be a mapping with the keys of a contract")
    return cast("dict[str, Any]", document)


def _validate(path: Path, document: dict[str, Any]) -> Contract:
    try:
        return Contract.model_validate(document)
    except ValidationError as error:
        problems = "\n".join(
            f"  {'.'.join(map(str, item['loc'])) or 'contract'}: {item['msg']}"
            for item in error.errors()
        )
        raise ContractError(f"{path}: the contract cannot be used:\n{problems}") from error


def _merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        old: Any = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merge(cast("dict[str, Any]", old), cast("dict[str, Any]", value))
        elif isinstance(old, list) and isinstance(value, list):
            kept = cast("list[Any]", old)
            merged[key] = [*kept, *(item for item in cast("list[Any]", value) if item not in kept)]
        else:
            merged[key] = value
    return merged


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
