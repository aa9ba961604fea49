"""Proposals of further matches: what names, masked phones, region and timing suggest to a human.

Fellegi-Sunter with Splink on DuckDB. Nothing here joins anybody: a proposal counts only after a
human states it in ``generic.corrections``.
"""

# Splink takes two seconds to import; only a run that proposes pays for it.
# splink's types are loose; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from orchestration.configuration import Proposals
from orchestration.core.identity.proposals import one_to_one

if TYPE_CHECKING:
    from splink import SettingsCreator

#: What is compared, in the order of ``evidence``.
_COMPARED = ("phone_mask", "name", "region", "timing")
_FEATURES = """
    select account_key as unique_id, * exclude (account_key),
        left(name, 1) as name_start, contains(name, '*') as is_name_masked
    from accounts
"""


def propose_matches(accounts: pd.DataFrame, settings: Proposals) -> pd.DataFrame:
    """Pairs of accounts of two platforms that are probably one person, though nothing proves it.

    accounts: account_key, platform, one_id, name (clear, or masked with ``*``), phone_mask (what a
    masked phone shows), province, city, first_seen_at. Null where unknown. Returns account_key,
    platform, one_id, other_account_key, other_platform, other_one_id, probability, evidence (what
    agrees, joined by ``;``), the most probable first, at most one partner per platform. Equal
    accounts in any order give equal proposals.
    """
    from splink import DuckDBAPI, Linker

    ordered = accounts.sort_values("account_key", ignore_index=True)
    with duckdb.connect() as connection:
        # One thread: sums of floats must not depend on who was first.
        connection.execute("set threads = 1")
        connection.register("accounts", ordered)
        features = connection.execute(_FEATURES).df()
        if len(features) < settings.minimum_accounts:
            return _shown(pd.DataFrame())
        database = DuckDBAPI(connection)
        linker = Linker(database.register(features), _model(settings), log_level="WARNING")
        linker.training.estimate_u_using_random_sampling(
            max_pairs=settings.training_pairs, seed=settings.seed, min_count_per_level=None
        )
        connection.register("compared", features)
        # A merchant whose exports name nobody has no pair to learn names from.
        usable = [rule for rule in _BLOCKING if _pairs(connection, rule) >= _LEAST_PAIRS]
        if not usable:
            return _shown(pd.DataFrame())
        for rule in usable:
            linker.training.estimate_parameters_using_expectation_maximisation(
                f"{rule} and l.platform <> r.platform", record_sample_proportion=1.0
            )
        found = linker.inference.predict(threshold_match_probability=settings.minimum_probability)
        return _shown(found.as_pandas_dataframe())


def _pairs(connection: duckdb.DuckDBPyConnection, rule: str) -> int:
    ((pairs,),) = connection.execute(
        f"select count(*) from compared as l inner join compared as r on {rule} and l.platform < r.platform"
    ).fetchall()
    return pairs


def _model(settings: Proposals) -> SettingsCreator:
    from splink import SettingsCreator

    timing = [(f"{_APART} <= {days}", f"within {days} days") for days in settings.days_apart]
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=settings.prior_probability,
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"{rule} and l.platform <> r.platform and l.one_id <> r.one_id"}
            for rule in _BLOCKING
        ],
        comparisons=[
            _comparison("phone_mask", ("phone_mask_l = phone_mask_r", "same digits shown")),
            _comparison(
                "name",
                ("name_l = name_r and not is_name_masked_l", "same name"),
                (
                    "name_start_l = name_start_r and (is_name_masked_l or is_name_masked_r)",
                    "may be the same",
                ),
            ),
            _comparison(
                "region",
                ("city_l = city_r", "same city"),
                ("province_l = province_r", "same province"),
            ),
            _comparison("timing", *timing),
        ],
        additional_columns_to_retain=["platform", "one_id"],
    )


def _comparison(name: str, *conditions: tuple[str, str]) -> dict[str, Any]:
    """Levels from the strongest to none; a pair where one side is unknown says nothing."""
    stated = [{"sql_condition": sql, "label_for_charts": label} for sql, label in conditions]
    unknown = {
        "sql_condition": _UNKNOWN[name],
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    differs = {"sql_condition": "ELSE", "label_for_charts": "differs"}
    return {"output_column_name": name, "comparison_levels": [unknown, *stated, differs]}


#: With fewer pairs a rule teaches nothing.
_LEAST_PAIRS = 20
_BLOCKING = ("l.phone_mask = r.phone_mask", "l.name = r.name and l.city = r.city")
_APART = "abs(date_diff('day', first_seen_at_l, first_seen_at_r))"
_UNKNOWN = {
    "phone_mask": "phone_mask_l is null or phone_mask_r is null",
    "name": "name_l is null or name_r is null",
    "region": "province_l is null or province_r is null",
    "timing": "first_seen_at_l is null or first_seen_at_r is null",
}


def _shown(found: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "account_key",
        "platform",
        "one_id",
        "other_account_key",
        "other_platform",
        "other_one_id",
    ]
    if found.empty:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in [*columns, "evidence"]})
        return empty.assign(probability=pd.Series(dtype="float64"))[
            [*columns, "probability", "evidence"]
        ]
    swap = found["unique_id_l"] > found["unique_id_r"]
    sides = {}
    for ours, theirs in (
        ("unique_id", "account_key"),
        ("platform", "platform"),
        ("one_id", "one_id"),
    ):
        left, right = found[f"{ours}_l"], found[f"{ours}_r"]
        sides[theirs], sides[f"other_{theirs}"] = left.where(~swap, right), right.where(~swap, left)
    agrees = [(found[f"gamma_{name}"] > 0).map({True: f"{name};", False: ""}) for name in _COMPARED]
    pairs = pd.DataFrame(sides).assign(
        # The last digits are noise of the arithmetic.
        probability=found["match_probability"].round(4),
        evidence=pd.concat(agrees, axis=1).sum(axis=1).str.rstrip(";"),
    )
    return one_to_one(pairs[[*columns, "probability", "evidence"]])
