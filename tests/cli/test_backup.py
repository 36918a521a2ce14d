"""`waystation backup`."""

import json
from pathlib import Path

from tests.cli.world import Run, applied


def test_a_copy_is_made_and_checked(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    result = run("backup", str(tmp_path / "copy"))
    assert result.exit_code == 0
    assert "The books agree." in result.output
    assert run("backup", str(tmp_path / "copy")).exit_code == 1
    made = json.loads(run("backup", str(tmp_path / "other"), "--no-check", "--json").output)
    assert made["books"] is None
    assert len(made["files"]) >= 3
