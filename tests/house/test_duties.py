"""Duties are done when they are due, by one server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rigs.postgres import Postgres
from waystation.adapters.clock import SystemClock
from waystation.adapters.sql import locks
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.house.duties import Duties, Duty, Work, all_duties
from waystation.wire.errors import StoreUnavailable


class _Clock(SystemClock):
    def __init__(self) -> None:
        super().__init__()
        self.at = 100.0
        self.monotonic = lambda: self.at


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = of_files(tmp_path)
    migrate(made)
    yield made
    made.close()


def leading() -> bool:
    return True


def noting(done: list[str], name: str) -> Work:
    def work(_: Database, __: float) -> int:
        done.append(name)
        return len(done)

    return work


def test_each_is_done_as_often_as_it_is_due(database: Database) -> None:
    done: list[str] = []

    def note(name: str) -> Duty:
        return Duty(name, noting(done, name), 1.0 if name == "often" else 60.0)

    clock = _Clock()
    duties = Duties(database, clock, leading, [note("often"), note("seldom")])
    duties.turn()
    duties.turn()
    clock.at += 2
    duties.turn()
    assert done == ["often", "seldom", "often"]


def test_one_that_fails_is_told_and_keeps_none_from_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail(*_: object) -> int:
        raise StoreUnavailable("the ledger can't be written now")

    Duties(database, _Clock(), leading, [Duty("bad", fail, 1.0), Duty("good", noting(done, "good"), 1.0)]).turn()
    assert done == ["good"]
    assert "duty not done" in caplog.text


async def test_all_of_them_run_on_an_empty_ledger(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    duties = Duties(database, _Clock(), leading)
    duties.turn()
    await duties.finish()
    assert {duty.name for duty in all_duties()} == {"seal", "gifts", "records", "costs"}
    assert caplog.text == ""


def test_on_postgresql_one_server_is_at_it(postgres: Postgres) -> None:
    made = of_url(postgres.create("duties"))
    done: list[str] = []
    duty = Duty("seal", noting(done, "seal"), 0.0)
    with made.writing() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({locks.OFFICE})")
        Duties(made, _Clock(), leading, [duty]).turn()
        assert done == []
    Duties(made, _Clock(), leading, [duty]).turn()
    assert done == ["seal"]
    made.close()
    postgres.drop("duties")


def test_who_does_not_lead_does_none_and_who_comes_to_lead_does_them_at_once(database: Database) -> None:
    done: list[str] = []
    led: list[bool] = []
    duties = Duties(database, _Clock(), lambda: bool(led), [Duty("seldom", noting(done, "seldom"), 3600.0)])
    duties.turn()
    assert done == []
    led.append(True)
    duties.turn()
    duties.turn()
    assert done == ["seldom"]


def test_what_another_is_at_stays_due(postgres: Postgres) -> None:
    made = of_url(postgres.create("duties_held"))
    done: list[str] = []
    duties = Duties(made, _Clock(), leading, [Duty("costs", noting(done, "costs"), 3600.0)])
    with made.writing() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({locks.OFFICE})")
        duties.turn()
    assert done == []
    duties.turn()
    duties.turn()
    assert done == ["costs"]
    made.close()
    postgres.drop("duties_held")
