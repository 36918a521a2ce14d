import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.world import Run
from tests.house.billed import bill_at, mapping_at, row, settings_of
from waystation.adapters.sql.estimates import Estimate
from waystation.house import reconciling
from waystation.house.reconciling import Put


@pytest.fixture
def bill(run: Run, tmp_path: Path) -> str:
    """A bill with one row too few and one of another price."""
    settings_of(tmp_path)
    assert run("reconcile", "mapping", "set", "own", "--file", str(mapping_at(tmp_path))).output == "kept own\n"
    path = bill_at(tmp_path, row(1), row(2, cost="0.005"))
    loaded = run("reconcile", "load", str(path), "--upstream", "main", "--mapping", "own", "--json")
    assert loaded.exit_code == 0
    id_: str = json.loads(loaded.output)["id"]
    return id_


def test_differences_are_told_and_exit_with_1(run: Run, bill: str) -> None:
    result = run("reconcile", "run", bill)
    assert result.exit_code == 1
    assert "1  amount_differs  2026-11-30 m-1" in result.output
    assert result.output.endswith("2 differences: 1 amount_differs, 1 call_not_in_bill.\n")


def test_a_bill_that_agrees_exits_with_0(run: Run, bill: str) -> None:
    result = run("reconcile", "run", bill, "--match", "day,model", "--since", "2026-12-01", "--until", "2026-12-01")
    assert (result.exit_code, "row_without_call" in result.output) == (1, True)
    terms = ("--tolerance", "0.0005", "--token-tolerance", "0", "--day-tolerance", "1", "--rows-add-up")
    result = run("reconcile", "run", bill, *terms)
    assert "1 differences: 1 call_not_in_bill." in result.output


def test_a_report_is_printed_again(run: Run, bill: str) -> None:
    first = json.loads(run("reconcile", "run", bill, "--json").output)
    assert (first["passed"], len(first["differences"])) == (False, 2)
    again = run("reconcile", "show", first["id"], "--json")
    assert (again.exit_code, json.loads(again.output)) == (0, first)
    table = list(csv.DictReader(io.StringIO(run("reconcile", "show", first["id"], "--csv").output)))
    assert [line["kind"] for line in table] == ["amount_differs", "call_not_in_bill"]
    assert (table[0]["amount"], table[0]["calls"]) == ("0.0005", "call_000002")
    assert run("reconcile", "show", first["id"]).output.startswith(f"Run {first['id']} of bill {bill}")
    assert run("reconcile", "show", first["id"], "--calls", "2").output == "call_000003\n"
    assert json.loads(run("reconcile", "show", first["id"], "--calls", "2", "--json").output)["day"] == "2026-11-30"


def test_runs_bills_and_mappings_are_listed(run: Run, bill: str) -> None:
    run("reconcile", "run", bill)
    assert bill in run("reconcile", "bills").output
    assert json.loads(run("reconcile", "bills", "--json").output)["rows"] == 2
    assert "2 differences" in run("reconcile", "runs").output
    assert json.loads(run("reconcile", "runs", "--json").output)["bill_id"] == bill
    assert "deepseek-amount  platform.deepseek.com" in run("reconcile", "mapping", "list").output
    assert "own" in json.loads(run("reconcile", "mapping", "list", "--json").output)
    assert json.loads(run("reconcile", "mapping", "show", "own").output)["request_id"] == {"column": "id"}


def test_a_bill_can_be_forgotten(run: Run, bill: str) -> None:
    assert run("reconcile", "drop", bill).output == f"forgot {bill}\n"
    assert run("reconcile", "bills").output == ""


def test_a_loaded_bill_tells_its_days(run: Run, tmp_path: Path) -> None:
    settings_of(tmp_path)
    path = bill_at(tmp_path, row(1))
    (tmp_path / "undated.yaml").write_text("request_id: {column: id}\namount: {columns: [cost], currency: USD}\n")
    run("reconcile", "mapping", "set", "undated", "--file", str(tmp_path / "undated.yaml"))
    loaded = run("reconcile", "load", str(path), "--upstream", "main", "--mapping", "undated")
    assert loaded.output.endswith("1 rows, without days\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--match", "week"), "--match 'week' is none of"),
        (("--tolerance", "much"), "--tolerance: 'much'"),
        (("--since", "soon"), "'soon' is no day"),
        ((), "there is no bill 'bill_0'"),
    ],
)
def test_what_is_not_right_is_told(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run("reconcile", "run", "bill_0", *words)
    assert result.exit_code == 1
    assert message in result.output


def test_corrections_are_told_one_by_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate = Estimate(
        call_id="call_1",
        organization_id="org_1",
        posting_id=4,
        currency="USD",
        booked_nanos=2_000_000_000,
        due_nanos=1_500_000_000,
    )
    puts = [Put(estimate=estimate, posting_id=9), Put(estimate=estimate, why="nothing is left", failed=True)]
    monkeypatch.setattr(reconciling, "correct_estimates", lambda *_, dry_run: puts[: 1 if dry_run else 2])
    result = run("reconcile", "correct", "run_1", "--dry-run")
    assert (result.exit_code, result.output) == (0, "call_1  2.00 -> 1.50 USD  posting 9\n")
    result = run("reconcile", "correct", "run_1")
    assert (result.exit_code, result.output.splitlines()[1]) == (1, "call_1  2.00 -> 1.50 USD  nothing is left")
    result = run("reconcile", "correct", "run_1", "--json")
    assert json.loads(result.output.splitlines()[1])["failed"] is True


def test_a_run_without_estimates_has_nothing_to_correct(run: Run, bill: str) -> None:
    done = json.loads(run("reconcile", "run", bill, "--json").output)
    result = run("reconcile", "correct", done["id"])
    assert (result.exit_code, result.output) == (0, "")
