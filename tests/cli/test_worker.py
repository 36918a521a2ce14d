import os
import subprocess
import sys

from tests.cli.world import Run


def test_it_is_not_among_the_commands_for_people(run: Run) -> None:
    assert "worker" not in {line.split()[0] for line in run("--help").output.splitlines() if line.split()}


def test_bad_settings_are_told_in_one_line() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "waystation", "worker", "3", "4"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"WAYSTATION_DRAIN_S": "soon"},
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "WAYSTATION_DRAIN_S" in result.stderr
