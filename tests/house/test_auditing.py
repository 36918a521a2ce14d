"""What `waystation ledger` does."""

from pathlib import Path
from time import time

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from rigs.postgres import Postgres
from tests.adapters.sql.books import Books
from tests.house.world import applied, manifest
from waystation.adapters.sql.engine import of_url
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.tables.ledger import runs
from waystation.house.auditing import close_month, closed_months, seal_ledger, verify_ledger
from waystation.settings import Settings
from waystation.wire.errors import NotBooked


def test_an_empty_ledger_has_no_seal(tmp_path: Path) -> None:
    head = seal_ledger(Settings(data_dir=tmp_path))
    assert (head.sealed_now, head.seal, head.hash) == (0, 0, "")


def test_what_was_opened_is_sealed_and_right(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    head = seal_ledger(settings)
    assert (head.sealed_now, head.seal, head.last_posting, len(head.hash)) == (1, 1, 1, 64)
    assert seal_ledger(settings).sealed_now == 0
    report = verify_ledger(settings)
    assert report.passed
    assert any(head.hash in note for note in report.notes)


def test_months_that_are_over_are_closed(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    (closed,) = close_month(settings, "2020-01", by="ann", organization=None)
    assert closed.anew
    assert [one.month for one in closed_months(settings, None)] == ["2020-01"]
    with pytest.raises(NotBooked, match="is not over"):
        close_month(settings, "2999-01", by="ann", organization=None)


def test_on_postgresql_holds_are_overdue_while_a_gateway_lives(postgres: Postgres) -> None:
    url = postgres.create("auditing")
    settings = Settings(database_url=SecretStr(url))
    database = of_url(url)
    migrate(database)
    books = Books(database)
    books.set_up()
    books.top_up(100)
    books.hold(5)  # of long ago
    assert verify_ledger(settings).passed
    row = {"run_id": "run_1", "began_at": 0.0, "seen_at": time(), "ended_at": None}
    with database.writing() as connection:
        connection.execute(insert(runs).values(row))
    assert [difference.check for difference in verify_ledger(settings).differences] == ["hold overdue"]
    database.close()
    postgres.drop("auditing")
