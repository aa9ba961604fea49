"""A deployment of its own for one test, and what it published."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.automation.instance import open_instance
from orchestration.build import build_defs
from orchestration.resources.deployment import load_deployment
from orchestration.run import Outcome, run_daily
from orchestration.settings import SAMPLE_SALT, Settings, load_settings

END = dt.date(2026, 11, 20)
#: From the candidate on: the gate and the publishing, without what they rest on.
GATE = dg.AssetSelection.groups("candidate", "published")
#: Everything behind the account grain, which is half of a run.
FROM_IDENTITY = dg.AssetSelection.groups("identity").downstream().required_multi_asset_neighbors()


@dataclass(frozen=True)
class Merchant:
    """A deployment of its own under one folder."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DOUBLELOOP_HOME": str(self.root / "home"),
            "DOUBLELOOP_LANDING": str(self.landing),
            "DOUBLELOOP_ID_SALT": SAMPLE_SALT,
            "DOUBLELOOP_CONFIG": str(self.config),
        }

    @property
    def config(self) -> Path:
        folder = self.root / "config"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def published(self) -> Path:
        return self.settings.published / "doubleloop.duckdb"

    def run(self, as_of: dt.date = END) -> Outcome:
        return run_daily(self.settings, as_of, defs=build_defs(load_deployment(self.environment)))

    def materialise(
        self, selection: dg.AssetSelection, as_of: dt.date = END
    ) -> dg.ExecuteInProcessResult:
        """A part of the job alone, with its checks, as somebody does it in the UI."""
        defs = build_defs(load_deployment(self.environment))
        keys = selection.resolve(defs.resolve_asset_graph())
        with open_instance(self.settings) as instance:
            return defs.resolve_implicit_global_asset_job_def().execute_in_process(
                instance=instance,
                partition_key=as_of.isoformat(),
                asset_selection=sorted(keys),
                raise_on_error=False,
            )

    def refusals(self, selection: dg.AssetSelection, as_of: dt.date = END) -> dict[str, str]:
        """Part of the job run until the gate refuses: candidate table to what its red check says."""
        result = self.materialise(selection, as_of)
        assert not result.success
        return {
            check.asset_key.path[-1]: check.description or ""
            for check in result.get_asset_check_evaluations()
            if not check.passed and check.check_name == "gate"
        }

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def table_prints(
        self, but: tuple[str, ...] = ("publications", "quality_results")
    ) -> Mapping[str, tuple]:
        """Rows and order-free hash of every published table."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "select table_name from duckdb_tables()"
                ).fetchall()
            ]
            return {
                name: connection.execute(
                    f'select count(*), bit_xor(hash(t)) from "{name}" as t'
                ).fetchone()
                or ()
                for name in sorted(names)
                if name not in but
            }

    def account_key(self, platform: str, account_id: str) -> str:
        """The key under which an account is published (the macro keyed_hash, written again)."""
        text = f"{SAMPLE_SALT}|{platform}:{account_id}"
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]

    def people_prints(self) -> Mapping[str, tuple]:
        """Rows and hash of the tables with each person named by the smallest account instead of the id.

        An id that was published stays, also when a late file brings an account that would have given
        the person another id from the start. Holdout, lookalike and predicted attributes (who is learned
        from, and in which order) follow from ids and are left out.
        """
        named = "(select one_id, min(account_key) as person from user_accounts group by one_id)"
        queries = {
            table: f"select n.person, t.* exclude (one_id) from {table} as t join {named} as n using (one_id)"
            for table in ("user_profiles", "user_tags", "user_accounts")
        } | {
            table: f"select * from {table}"
            for table in ("tags", "lifecycle_flows", "channel_health", "campaign_results")
        }
        guessed = "source = 'predicted'"
        queries["user_tags"] += f" where not {guessed}"
        queries["tags"] = (
            "select * replace (if(tag in (select tag from user_tags where "
            f"{guessed}), null, coverage) as coverage) from tags"
        )
        queries["audience_members"] = (
            f"select n.person, t.audience from audience_members as t join {named} as n using (one_id) "
            "where not starts_with(t.audience, 'lookalike')"
        )
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return {
                name: connection.execute(
                    f"select count(*), bit_xor(hash(q)) from ({query}) as q"
                ).fetchone()
                or ()
                for name, query in queries.items()
            }
