from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from tests.adapters.sqlite.made import make_all
from tests.cluster import cluster, fresh
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.tables.ledger import accounts
from waystation.adapters.sql.windows import Alert, note_alert, read_alerts, read_noted, read_windows


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """With two windows of one budget, and one of another."""
    if request.param == "sqlite":
        make_all(tmp_path)
        made = of_files(tmp_path)
    else:
        made = of_url(cluster().url(fresh()))
    with made.writing() as connection:
        for budget_id, starts_at in (("bud_1", 10), ("bud_1", 20), ("bud_2", 10)):
            _open(connection, budget_id, starts_at)
    yield made
    made.close()


def _open(connection: Connection, budget_id: str, starts_at: int) -> None:
    row = {"kind": "budget", "owner_id": budget_id, "currency": "USD", "period": "month", "starts_at": starts_at}
    row |= {"credits_posted": 100, "debits_posted": starts_at, "debits_pending": 1, "slack": 0}
    connection.execute(insert(accounts).values(row))


def ids(database: Database) -> dict[tuple[str, int], int]:
    with database.reading() as connection:
        found = read_windows(connection, [("bud_1", 10), ("bud_1", 20), ("bud_2", 10), ("bud_3", 10)])
    return {key: account_id for key, (account_id, _) in found.items()}


def test_windows_are_read_by_budget_and_beginning(database: Database) -> None:
    with database.reading() as connection:
        found = read_windows(connection, [("bud_1", 20), ("bud_2", 20), ("bud_3", 10)])
        assert read_windows(connection, []) == {}
        many = read_windows(connection, [*((f"bud_{number}", 10) for number in range(1200))])
    ((key, (_, account)),) = found.items()
    assert (key, account.debits_posted, account.debits_pending) == (("bud_1", 20), 20, 1)
    assert set(many) == {("bud_1", 10), ("bud_2", 10)}


def test_an_alert_is_noted_once(database: Database) -> None:
    known = ids(database)
    with database.writing() as connection:
        assert note_alert(connection, known["bud_1", 10], 50, 5.0)
        assert not note_alert(connection, known["bud_1", 10], 50, 6.0)
        assert note_alert(connection, known["bud_1", 10], 80, 7.0)
        assert note_alert(connection, known["bud_2", 10], 50, 6.5)
    with database.reading() as connection:
        assert read_noted(connection, [known["bud_1", 10], known["bud_1", 20]]) == {
            (known["bud_1", 10], 50),
            (known["bud_1", 10], 80),
        }
        assert read_alerts(connection, limit=2) == [Alert("bud_1", 10, 80, 7.0), Alert("bud_2", 10, 50, 6.5)]
