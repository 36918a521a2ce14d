import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.world import Run


def test_bad_settings_are_told_and_nothing_starts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_DURABILITY", "hope")
    result = run("serve")
    assert result.exit_code == 1
    assert "WAYSTATION_DURABILITY" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_serves_tells_how_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "WAYSTATION_DATA_DIR": str(tmp_path / "data")}
    process = subprocess.Popen(
        [sys.executable, "-m", "waystation", "serve", "--demo", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops it." in line:
            break
    process.send_signal(number)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.endswith("Stopped.\n")
    assert "curl" in "".join(lines)
    assert (tmp_path / "data" / "demo-token").stat().st_mode & 0o777 == 0o600


def test_the_version_is_told_without_starting_anything() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "waystation", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("waystation 0.")
