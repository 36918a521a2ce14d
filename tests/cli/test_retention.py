import json
from pathlib import Path

from tests.cli.world import Run, applied


def test_rules_are_set_and_listed(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert run("retention", "set", "failed", "30", "--export-to", str(tmp_path)).output == "failed: kept for 30 days\n"
    assert run("retention", "set", "hours", "90").exit_code == 0
    assert [" ".join(line.split()) for line in run("retention", "list").output.splitlines()] == [
        "ok for ever",
        f"failed 30 days, then exported to {tmp_path}",
        "refused for ever",
        "hours 90 days",
    ]
    assert run("retention", "forever", "failed").output == "failed: kept for ever\n"
    rules = [json.loads(line) for line in run("retention", "list", "--json").output.splitlines()]
    assert [(rule["kind"], rule["days"]) for rule in rules] == [
        ("ok", None),
        ("failed", None),
        ("refused", None),
        ("hours", 90),
    ]


def test_deleting_now(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert run("retention", "run").output == "done in 0 steps\n"


def test_what_makes_no_sense_is_refused(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    result = run("retention", "set", "hours", "5", "--export-to", str(tmp_path))
    assert (result.exit_code, "are not exported" in result.output) == (1, True)
    assert run("retention", "set", "ok", "3").exit_code == 2
    assert run("retention", "set", "colour", "5").exit_code == 2
