import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.world import Run
from waystation.adapters.sqlite.lock import DirectoryLock


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


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("serve", "--demo", "--port", "0"), ("export",), ("doctor",)]
)
def test_a_data_directory_that_is_a_file_is_told_in_one_line(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "data").write_text("")
    result = run(*words)
    assert result.exit_code == 1
    assert "data" in result.output


def test_a_second_server_on_the_same_data_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    lock = DirectoryLock(tmp_path / "data")
    lock.take()
    result = subprocess.run(
        [sys.executable, "-m", "waystation", "serve", "--port", "0"], capture_output=True, text=True, check=False
    )
    lock.release()
    assert result.returncode == 1
    assert result.stderr.startswith("error: process ")
    assert result.stderr.count("\n") == 1
