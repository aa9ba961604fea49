"""The dbt-duckdb plugin that gives every dbt connection the session of :mod:`.session`."""

from __future__ import annotations

import os
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.warehouse.session import prepare_session, session_variables


class Plugin(BasePlugin):
    """Named in ``profiles.yml``; dbt-duckdb calls it for each connection and cursor."""

    def configure_cursor(self, cursor: Any) -> None:
        """Prepare the session of one dbt thread."""
        prepare_session(cursor, session_variables(os.environ))
