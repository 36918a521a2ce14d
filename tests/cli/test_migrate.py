import json

import pytest

from tests.cli.world import Run
from tests.cluster import cluster
from waystation.adapters.sql.revisions import SCHEMAS, head

HEADS = {schema: head(schema) for schema in SCHEMAS}


def test_files_are_made(run: Run) -> None:
    result = run("migrate", "--json")
    assert json.loads(result.output) == {schema: {"before": None, "after": number} for schema, number in HEADS.items()}


def test_what_there_is_to_do_can_be_asked_for(run: Run) -> None:
    asked = run("migrate", "--check")
    assert asked.exit_code == 1
    assert asked.output.startswith(f"The database is behind: ledger nothing -> {HEADS['ledger']}, ")
    run("migrate")
    asked = run("migrate", "--check")
    assert asked.exit_code == 0
    assert asked.output == f"The database is ready: {', '.join(f'{name} {number}' for name, number in HEADS.items())}\n"


def test_a_postgresql_is_asked_without_a_change(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_DATABASE_URL", cluster().create("cli_migrate_check"))
    assert run("migrate", "--check").exit_code == 1
    assert run("migrate", "--check").exit_code == 1
    run("migrate")
    assert run("migrate", "--check").exit_code == 0


def test_a_postgresql_is_brought_to_this_version_and_twice_is_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_DATABASE_URL", cluster().create("cli_migrate"))
    for _ in range(2):
        result = run("migrate")
        assert result.exit_code == 0
        assert f"{HEADS['ledger']}, calls" in result.output


def test_one_that_is_away_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSTATION_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    result = run("migrate")
    assert result.exit_code == 1
    assert "error:" in result.output
