"""Files that the first versions made, by their scripts in `scripts/`, with what may have stood in them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.adapters.sql.described import described
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.revisions import SCHEMAS, Schema, head
from waystation.adapters.sqlite.schema import FILES
from waystation.wire.errors import Misconfigured

SCRIPTS: Final = Path(__file__).parent / "scripts"
DATA: Final[dict[Schema, str]] = {
    "ledger": """
INSERT INTO organizations VALUES (1, 'org_1', 'acme', 1790000000, 'file', 30);
INSERT INTO opening_credits VALUES ('org_1', 'USD', 100);
INSERT INTO tokens VALUES
  (1, 'tok_1', 'one', 'org_1', zeroblob(32), 'sk-1', 1, 60, 'USD', 'month', NULL, NULL, 1790000000, 'cli'),
  (2, 'tok_2', 'two', 'org_1', randomblob(32), 'sk-2', 0, NULL, NULL, NULL, NULL, 1790000001, 1790000000, 'file');
INSERT INTO token_models VALUES ('tok_2', 0, 'gpt-4o');
INSERT INTO accounts VALUES
  (1, 'wallet', 'org_1', 'USD', 'total', 0, 100, 25, 40), (2, 'system', 'equity', 'USD', 'total', 0, 0, 100, 0),
  (3, 'budget', 'tok_1', 'USD', 'month', 1793491200, 60, 25, 40),
  (4, 'system', 'revenue', 'USD', 'total', 0, 25, 0, 0);
INSERT INTO postings VALUES
  (1, 1790000000.0, 'opening', 2, 1, 100, 'USD', NULL, 0, '[]', 0, '[]', NULL, NULL),
  (2, 1795000000.0, 'estimated', 1, 4, 25, 'USD', 'hold_1', 30, '[3,1]', 0, '[]', 'call_1', X'7B7D');
INSERT INTO holds VALUES ('hold_2', 'tok_1', 40, '[3,1]', 1795000000.5, 1795000600.0, 'run_1');
INSERT INTO releases VALUES ('hold_3', 'tok_1', 5, '[3,1]', 1795000000.5, 'voided', 1795000600.0);
""",
    "calls": """
INSERT INTO calls VALUES ('call_1', 1795000000.0, 'org_1', 'tok_1', 'gpt-4o', 'main', 'ok', 25, '{}');
UPDATE watermark SET posting_id = 2;
""",
    "responses": """
INSERT INTO responses VALUES ('org_1', 'resp_1', 'tok_1', 'gpt-4o', 1.5, 2.5, NULL, NULL, NULL, NULL, 3, X'010203');
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for schema in SCHEMAS:
        with closing(sqlite3.connect(tmp_path / FILES[schema])) as connection:
            connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, script TEXT NOT NULL) STRICT")
            for number, script in enumerate(sorted((SCRIPTS / schema).iterdir()), start=1):
                connection.executescript(script.read_text(encoding="utf-8"))
                connection.execute("INSERT INTO schema_version VALUES (?, ?)", (number, script.name))
            connection.executescript(DATA[schema])
            connection.commit()
    return tmp_path


def rows(folder: Path, schema: Schema) -> dict[str, list[dict[str, Any]]]:
    """Of every table, each row by its columns."""
    with closing(sqlite3.connect(folder / FILES[schema])) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for (name,) in names}  # noqa: S608 - ours


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_stood_in_an_old_file_stands_in_the_new_one(folder: Path, schema: Schema) -> None:
    before = rows(folder, schema)
    migrate(of_files(folder))
    after = rows(folder, schema)
    del before["schema_version"]
    assert after[f"{schema}_revision"] == [{"version_num": head(schema)}]
    for name, old in before.items():
        assert [{column: new[column] for column in was} for new, was in zip(after[name], old, strict=True)] == old


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_adopted_file_has_the_schema_of_a_new_one(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, schema: Schema
) -> None:
    adopted, made = of_files(folder), of_files(tmp_path_factory.mktemp("made"))
    for database in (adopted, made):
        migrate(database)
    with adopted.writing(schema) as one, made.writing(schema) as other:
        assert described(one) == described(other)


def test_what_is_new_may_be_written_and_the_rest_is_still_checked(folder: Path) -> None:
    migrate(of_files(folder))
    with closing(sqlite3.connect(folder / FILES["ledger"], isolation_level=None)) as connection:
        connection.execute("UPDATE accounts SET period = 'custom' WHERE id = 3")
        connection.execute(
            "INSERT INTO postings (at, kind, debit_account, credit_account, amount, currency, held, chain, shortfall,"
            " marks, memo) VALUES (1, 'topup', 2, 1, 5, 'USD', 0, '[]', 0, '[]', '{}')"
        )
        with pytest.raises(sqlite3.IntegrityError, match="credits_posted"):
            connection.execute("UPDATE accounts SET credits_posted = -1")
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
            connection.execute("UPDATE accounts SET slack = 'much'")
        with pytest.raises(sqlite3.IntegrityError, match="a posting never changes"):
            connection.execute("UPDATE postings SET amount = 1")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_tokens_one_budget_is_one_of_its_budgets(folder: Path) -> None:
    migrate(of_files(folder))
    assert [tuple(row.values()) for row in rows(folder, "ledger")["budgets"]] == [
        ("tok_1", "token", "tok_1", 0, 60, "USD", "month", 1, "[]", None, None, None, None)
    ]


def test_a_file_between_two_scripts_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILES["ledger"], isolation_level=None)) as connection:
        connection.execute("DELETE FROM schema_version WHERE version = 5")
    with pytest.raises(Misconfigured, match="a version in development"):
        migrate(of_files(folder))


def test_a_table_that_is_not_as_it_was_made_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILES["ledger"], isolation_level=None)) as connection:
        connection.execute("DROP TABLE releases")
    before = rows(folder, "ledger")
    with pytest.raises(Misconfigured, match="'releases' is not as Waystation made it"):
        migrate(of_files(folder))
    assert rows(folder, "ledger") == before
