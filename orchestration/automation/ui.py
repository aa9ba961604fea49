"""``make ui``: the Dagster UI with everything a person needs to press Materialize."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from orchestration import preflight
from orchestration.automation.instance import fail_lost_runs, instance_folder, open_instance
from orchestration.run import ensure_sample
from orchestration.settings import SettingsError, load_settings

PORT = "3000"


def main() -> int:
    """Prepare the deployment, then serve until interrupted. One UI per HOME folder."""
    try:
        settings = load_settings()
        preflight.check(settings)
        ensure_sample(settings, print)
    except (SettingsError, preflight.PreflightError) as error:
        print(f"doubleloop: {error}", file=sys.stderr)
        return 2
    folder = instance_folder(settings)
    with (folder / "ui.lock").open("w") as lock:
        # Two daemons on one instance would both start runs.
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"doubleloop: a UI is already running for {settings.home}.", file=sys.stderr)
            return 1
        with open_instance(settings) as instance:
            for run_id in fail_lost_runs(instance):
                print(f"Run {run_id[:8]} was lost with its process and is marked as failed.")
        return _serve(folder, os.environ.get("PORT", PORT))


def _serve(folder: Path, port: str) -> int:
    print(f"Dagster UI: http://localhost:{port} (Ctrl-C stops it)")
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [
            sys.executable,
            *("-m", "orchestration.automation.services", str(root / "workspace.yaml"), port),
        ],
        cwd=root,
        env={**os.environ, "DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "1"},
        # In a session of its own, so that Ctrl-C reaches it once, through us, also when a shell that
        # started us in the background has made us deaf to interrupts.
        start_new_session=True,
        preexec_fn=_default_signals,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGINT))
    return child.wait()


def _default_signals() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
