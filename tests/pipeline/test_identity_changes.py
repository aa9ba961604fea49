"""People on purpose changed: planned, refused by the gate, corrected by hand and back."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.core.identity import load_state
from orchestration.landing.contract_files import CONTRACTS
from tests.pipeline.merchant import END, FROM_IDENTITY, Merchant

COLUMNS = [
    "platform",
    "account_id",
    "other_platform",
    "other_account_id",
    "relation",
    "stated_at",
    "reason",
]


#: The account of everything that was landed but the corrections themselves.
LANDED = "select * from reconciliation where export <> 'generic.corrections' order by all"
FOUND = "select * exclude (finding_number) from landing_findings where export <> 'generic.corrections' order by all"


def invoke(merchant: Merchant, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for key, value in merchant.environment.items():
        monkeypatch.setenv(key, value)
    return CliRunner().invoke(main, list(arguments))


def everything_but_the_run(merchant: Merchant) -> dict[str, bytes]:
    """All files that a dry run must leave alone."""
    home = merchant.settings.home
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in ("state/identity", "published", "raw", "candidate")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    }


def two_accounts_of_one_person(sample: Path, merchant: Merchant) -> list[dict[str, str]]:
    """Two shop accounts of one person, found to be one by the run, with orders on either."""
    with (sample / "truth" / "accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_person: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        by_person.setdefault(row["person_id"], {})[row["platform"]] = row
    keys = dict(merchant.rows("select account_key, one_id from user_accounts"))
    with duckdb.connect(str(merchant.settings.warehouse), read_only=True) as connection:
        bought = {
            key
            for (key,) in connection.execute(
                "select distinct account_key from facts.account_order_days where net_amount > 0"
            ).fetchall()
        }
    for accounts in by_person.values():
        if {"youzan", "shopify"} <= accounts.keys():
            pair = [accounts["youzan"], accounts["shopify"]]
            own = [merchant.account_key(one["platform"], one["account_id"]) for one in pair]
            if bought.issuperset(own) and len({keys[key] for key in own}) == 1:
                return pair
    raise AssertionError("the sample has nobody who bought from a youzan and a shopify account")


def state(
    merchant: Merchant,
    pair: list[dict[str, str]],
    relation: str,
    stated_at: str,
    header: str = "relation",
) -> None:
    """Land one statement about the pair; ``header`` is that of the column of the relation."""
    folder = merchant.landing / "corrections"
    folder.mkdir(exist_ok=True)
    with (folder / f"{relation}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([header if name == "relation" else name for name in COLUMNS])
        one, other = pair
        writer.writerow(
            [one["platform"], one["account_id"], other["platform"], other["account_id"], relation, stated_at, "by phone"]
        )  # fmt: skip


def causes(merchant: Merchant) -> set[str]:
    """Why ids came and went, as the accepted state tells it."""
    state = load_state(merchant.settings.state / "identity")
    assert state is not None
    return set(state.history.frame()["cause"])


def test_a_person_is_parted_by_hand_and_put_together_again(
    sample: Path, copied: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was landed is compared without the files of corrections: they stay there.
    but = ("publications", "quality_results", "reconciliation", "landing_findings")
    before = copied.table_prints(but)
    landed, found = copied.rows(LANDED), copied.rows(FOUND)
    ((money,),) = copied.rows("select sum(net_amount) from user_profiles")
    pair = two_accounts_of_one_person(sample, copied)
    keys = [copied.account_key(one["platform"], one["account_id"]) for one in pair]

    # The file of a tool that calls the relation otherwise: only the planned contract can read it.
    state(copied, pair, "different", "2026-11-20T10:00:00+08:00", header="verdict")
    shipped = (CONTRACTS / "generic.corrections.yaml").read_text(encoding="utf-8")
    contract = copied.root / "corrections of the tool.yaml"
    contract.write_text(
        shipped.replace("signature: [relation,", "signature: [verdict|relation,").replace(
            "headers: [relation]", "headers: [relation, verdict]"
        ),
        encoding="utf-8",
    )
    untouched = everything_but_the_run(copied)
    planned = invoke(
        copied, monkeypatch,
        "identity", "plan", "--date", END.isoformat(), "--contract", str(contract), "--json",
    )  # fmt: skip
    assert planned.exit_code == 0, planned.output
    summary = json.loads(planned.stdout)["summary"]
    assert (summary["split"], summary["merged"], summary["new"]) == (1, 0, 0)
    assert everything_but_the_run(copied) == untouched
    monkeypatch.undo()

    state(copied, pair, "different", "2026-11-20T10:00:00+08:00")
    assert copied.run().state == "published"
    people = dict(
        copied.rows(
            f"select account_key, one_id from user_accounts where account_key in {tuple(keys)}"
        )
    )
    assert len(set(people.values())) == 2
    assert copied.rows("select sum(net_amount) from user_profiles") == [(money,)]
    own = copied.rows(
        f"select one_id, orders > 0, net_amount > 0 from user_profiles where one_id in {tuple(people.values())}"
    )
    assert sorted(row[1:] for row in own) == [(True, True), (True, True)]
    assert copied.rows(
        f"select count(*) from resolved_ids where current_one_id in {tuple(people.values())}"
    ) == [(2,)]

    state(copied, pair, "withdrawn", "2026-11-20T11:00:00+08:00")
    assert copied.run().state == "published"
    after = copied.table_prints(but)
    # The id that only the correction made stays known, and means the person again.
    assert after.pop("resolved_ids")[0] == before.pop("resolved_ids")[0] + 1
    assert after == before
    assert copied.rows(LANDED) == landed
    assert copied.rows(FOUND) == found


def test_new_rules_are_planned_and_refused_when_they_move_too_many(
    copied: Merchant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served = copied.table_prints(but=())
    rules = tmp_path / "rules.yaml"
    rules.write_text("maximum_accounts: {phone: 1}\n", encoding="utf-8")
    planned = invoke(copied, monkeypatch, "identity", "plan", "--rules", str(rules), "--json")
    assert planned.exit_code == 3, planned.output
    plan = json.loads(planned.stdout)
    assert plan["summary"]["split"] > 50
    assert 0 < plan["net_amount_moved"] < plan["net_amount"]
    assert any(row["affected"] for row in plan["audiences"])
    assert "would refuse" in plan["verdict"]
    shown = invoke(copied, monkeypatch, "identity", "plan", "--rules", str(rules))
    assert "Largest people" in shown.output

    (copied.config / "configuration.yaml").write_text(
        "identity:\n  maximum_accounts: {phone: 1}\n", encoding="utf-8"
    )
    refused = invoke(copied, monkeypatch, "run", "--date", END.isoformat())
    assert refused.exit_code == 3, refused.output
    assert "candidate/user_accounts: gate" in refused.output
    assert "accounts_keep_their_person" in refused.output
    monkeypatch.undo()
    assert copied.table_prints(but=()) == served
    # The gate compares with what is served: a second try does not get used to the change.
    said = copied.refusals(FROM_IDENTITY)
    assert any("accounts_keep_their_person" in text for text in said.values()), said
    assert copied.table_prints(but=()) == served
    # Nor does the ledger: what was never published never happened.
    assert causes(copied) == {"new_data"}
    (copied.config / "configuration.yaml").write_text(
        "identity:\n  maximum_accounts: {phone: 1}\ngate: {maximum_moved_share: 1, maximum_people_change: 9}\n",
        encoding="utf-8",
    )
    people = copied.rows("select one_id from user_profiles order by one_id")
    ((version,),) = copied.rows("select version from publications")
    assert copied.materialise(FROM_IDENTITY).success
    assert copied.rows("select version from publications") != [(version,)]
    assert causes(copied) == {"new_data", "rules_changed"}
    # Whoever was served stands for somebody still: no account is gone. (Ids of people whose accounts
    # were all first seen after the as-of day were never served, and stand for nobody on that day.)
    standing = copied.rows(
        "select one_id from resolved_ids where current_one_id is not null order by one_id"
    )
    assert set(people) <= set(standing)


def test_a_plan_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = Merchant(tmp_path)
    merchant.landing.mkdir()
    result = invoke(
        merchant, monkeypatch, "identity", "plan", "--date", dt.date(2026, 11, 20).isoformat()
    )
    assert result.exit_code == 1
    assert "doubleloop run" in result.output
    bad = tmp_path / "bad.yaml"
    bad.write_text("maximum_acounts: {phone: 1}", encoding="utf-8")
    result = invoke(merchant, monkeypatch, "identity", "plan", "--rules", str(bad))
    assert result.exit_code == 1
