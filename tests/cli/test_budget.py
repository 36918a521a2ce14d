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


def test_a_budget_is_set_listed_and_removed(acme: Run) -> None:
    words = ("acme/研发/工具", "7 CNY", "--period", "week", "--soft", "--alert", "50", "--alert", "90")
    assert acme("budget", "set", *words).output == (
        "acme/研发/工具 has 7.00 CNY a week, only counted, told at 50 %, 90 %\n"
    )
    (row,) = [json.loads(line) for line in acme("budget", "list", "acme/研发/工具", "--json").output.splitlines()]
    assert (row["owner"], row["hard"], row["alerts"]) == ("department:acme/研发/工具", False, [50, 90])
    assert "7.00 CNY a week" in acme("budget", "list").output
    assert acme("budget", "remove", "acme/研发/工具").output.startswith("acme/研发/工具 has no more 7.00 CNY a week")
    assert acme("budget", "list", "acme/研发/工具").output == ""


def test_json_tells_what_was_set_and_removed(acme: Run) -> None:
    words = ("acme/ci", "7 CNY", "--period", "custom", "--starts", "2026-01-31", "--every", "1 month", "--json")
    made = json.loads(acme("budget", "set", *words).output)
    assert (made["amount_nanos"], made["every"]) == (7 * 10**9, "1 month")
    assert json.loads(acme("budget", "remove", "acme/ci", "--json").output)["id"] == made["id"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "acme", "seven"), "amount: expected an amount above 0"),
        (("set", "acme/研法", "7 CNY"), "did you mean 'acme/研发'?"),
        (("remove", "acme/研发"), "say which budget of 'acme/研发'"),
        (("list", "nope"), "there is no 'nope'"),
    ],
)
def test_what_can_t_be_is_told(acme: Run, words: tuple[str, ...], said: str) -> None:
    assert said in acme("budget", *words).output


def test_without_alerts_there_is_nothing_to_print(acme: Run) -> None:
    assert acme("budget", "alerts").output == ""
    assert acme("budget", "alerts", "--json").output == ""
