import json
from pathlib import Path

import pytest

from rigs.postgres import Postgres
from tests.cli.world import Run, applied
from waystation.adapters.sql.copy import Compared
from waystation.house import copying
from waystation.house.copying import Copied
from waystation.ledger.verify import Difference, Report


def test_the_copy_is_told_table_by_table(run: Run, tmp_path: Path, postgres: Postgres) -> None:
    applied(run, tmp_path)
    (tmp_path / "address").write_text(postgres.create("cli_copy") + "\n")
    result = run("copy", "--to-file", str(tmp_path / "address"))
    assert result.exit_code == 0, result.output
    assert "organizations" in result.output
    assert result.output.endswith("Set WAYSTATION_DATABASE_URL to it, and keep the master key.\n")
    again = run("copy", "--to", postgres.url("cli_copy"))
    assert (again.exit_code, "is not empty" in again.output) == (1, True)


def test_a_copy_is_an_object_for_programs(run: Run, tmp_path: Path, postgres: Postgres) -> None:
    applied(run, tmp_path)
    result = run("copy", "--to", postgres.create("cli_copy_json"), "--json")
    assert json.loads(result.output)["passed"] is True


WRONG = Report([Difference("sum", "USD", "the accounts come to 1, not to 0")])


@pytest.mark.parametrize(
    ("copied", "told"),
    [
        (Copied([Compared("calls", "1 rows a", "1 rows b")], None), "1 rows a IS 1 rows b\nThe copy is not the same"),
        (Copied([Compared("calls", "1 rows a", "1 rows a")], WRONG), "1 differences."),
    ],
)
def test_a_difference_exits_with_1(run: Run, monkeypatch: pytest.MonkeyPatch, copied: Copied, told: str) -> None:
    monkeypatch.setattr(copying, "copy_to", lambda *_: copied)
    result = run("copy", "--to", "postgresql://somewhere")
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "either by --to or by --to-file"),
        (("--to", "postgresql://a", "--to-file", "b"), "either by --to or by --to-file"),
        (("--to-file", "/nowhere/address"), "can't read '/nowhere/address'"),
        (("--to", "postgresql://nobody@127.0.0.1:9/none"), "there is no 'ledger.db'"),
    ],
)
def test_what_is_not_right_is_told(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run("copy", *words)
    assert result.exit_code == 1
    assert message in result.output
