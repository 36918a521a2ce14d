import json
from pathlib import Path

import pytest

from tests.cli.world import Run
from tests.manifest.test_nodes import ACME


@pytest.fixture
def acme(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "tree.yaml").write_text(ACME)
    run("apply", str(tmp_path / "tree.yaml"))
    return run


def test_the_tree_is_listed_with_what_is_left_of_each_budget(acme: Run) -> None:
    lines = acme("tenant", "list").output.splitlines()
    assert lines[0] == "organization acme  all models"
    assert lines[1].startswith("    90.00 CNY a month, told at 50 %, 80 %: 0.00 CNY spent, 90.00 left, until ")
    assert "department acme/研发/平台  all models  PAUSED" in lines


def test_json_has_a_row_for_each(acme: Run) -> None:
    rows = [json.loads(line) for line in acme("tenant", "list", "--json").output.splitlines()]
    assert [row["path"] for row in rows][:2] == ["acme", "acme/研发"]
    (budget,) = rows[0]["budgets"]
    assert (budget["limit_nanos"], budget["left_nanos"], budget["currency"]) == (90 * 10**9, 90 * 10**9, "CNY")
    assert budget["window_resets"].endswith("16:00:00Z")  # midnight in Shanghai


def test_a_part_is_shown(acme: Run) -> None:
    rows = [json.loads(line) for line in acme("tenant", "show", "acme/研发", "--json").output.splitlines()]
    assert [row["path"] for row in rows] == ["acme/研发", "acme/研发/平台", "acme/研发/工具", "acme/chat", "acme/ci"]
    assert "did you mean 'acme/alice'?" in acme("tenant", "show", "acme/alica").output


def test_anything_is_paused_and_resumed(acme: Run) -> None:
    assert acme("tenant", "pause", "acme/chat").output == "acme/chat is paused\n"
    assert json.loads(acme("tenant", "show", "acme/chat", "--json").output.splitlines()[0])["paused"]
    assert acme("tenant", "resume", "acme/chat").output == "acme/chat is not paused any more\n"
    assert not json.loads(acme("tenant", "show", "acme/chat", "--json").output.splitlines()[0])["paused"]
