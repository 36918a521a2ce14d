import json
from pathlib import Path

import pytest

from tests.cli.world import Run, applied


def test_keys_are_imported_listed_disabled_and_enabled(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    (tmp_path / "keys.txt").write_text("sk-new-one\n\nsk-new-two\nsk-new-one\n")
    told = run("key", "import", str(tmp_path / "keys.txt"), "--upstream", "main", "--group", "acme").output
    assert told.splitlines() == [
        "2 keys imported into main",
        "the same as one before: line 4",
        "blank: line 2",
    ]
    again = json.loads(run("key", "import", str(tmp_path / "keys.txt"), "--upstream", "main", "--json").output)
    assert again == {
        "upstream": "main",
        "imported": 0,
        "known_already": 2,
        "duplicate_lines": [4],
        "blank_lines": [2],
    }
    assert "2 were there already" in run("key", "import", str(tmp_path / "keys.txt"), "--upstream", "main").output
    rows = [json.loads(line) for line in run("key", "list", "--upstream", "main", "--json").output.splitlines()]
    assert [row["group"] for row in rows[-2:]] == ["acme", "acme"]
    mark = rows[-1]["fingerprint"]
    assert run("key", "disable", mark).output == f"main/{mark} is disabled\n"
    assert run("key", "list").output.splitlines()[-1] == f"{rows[-1]['id']}  main/{mark}  group acme  DISABLED"
    assert run("key", "enable", f"main/{mark}").output == f"main/{mark} is enabled\n"
    listed = run("key", "list").output
    assert "DISABLED" not in listed
    assert "sk-new" not in listed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "none.txt", "--upstream", "main"), "can't be read"),
        (("list", "--upstream", "nobody"), "nobody"),
        (("disable", "ffffffff"), "ffffffff"),
    ],
)
def test_what_can_not_be_done_is_told(run: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    applied(run, tmp_path)
    result = run("key", *words)
    assert result.exit_code == 1
    assert told in result.output
