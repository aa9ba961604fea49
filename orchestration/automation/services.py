"""Webserver, daemon and one code server for a workspace: what ``dg dev --workspace FILE`` does.

``dagster dev`` warns that ``dg dev`` supersedes it. That command brings fifteen more packages, a client of
Dagster's cloud among them, and for a workspace file calls the one function that is called here.
"""

from __future__ import annotations

import sys

from dagster._cli.dev import dev_command_impl
from dagster_shared.cli import WorkspaceOpts


def main() -> None:
    """Serve until interrupted. Arguments: the workspace file and the port of the webserver."""
    workspace, port = sys.argv[1:]
    dev_command_impl(
        code_server_log_level="warning",
        log_level="warning",
        log_format="colored",
        port=port,
        host=None,
        use_legacy_code_server_behavior=False,
        shutdown_pipe=None,
        verbose=False,
        workspace_opts=WorkspaceOpts(workspace=[workspace]),
    )


if __name__ == "__main__":
    main()
