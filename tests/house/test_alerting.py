import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from tests.adapters.sql.catalogue.world import NOW
from tests.adapters.sqlite.made import make_all
from tests.relay.world import StillClock
from waystation.adapters.sql.engine import Database, of_files
from waystation.adapters.sql.tables.ledger import accounts
from waystation.house import alerting
from waystation.house.alerting import Alerting
from waystation.ledger.budget import window
from waystation.wire.catalogue import Budget, Catalogue, Organization
from waystation.wire.errors import StoreUnavailable

BUDGET = Budget(100, "USD", "month", "bud_1", thresholds=(50, 80))
CATALOGUE = Catalogue(revision=1, organizations=(Organization("org_1", "acme", budgets=(BUDGET,)),))


class Scene:
    def __init__(self, folder: Path) -> None:
        make_all(folder)
        self.database = of_files(folder)
        self.clock = StillClock()
        self.clock.at = NOW
        self.catalogue = CATALOGUE
        self.counted: list[int] = []
        self.alerting = self.server()
        open_ = window(BUDGET, "UTC", NOW)
        assert open_ is not None
        self.starts_at = open_.starts_at

    def server(self, database: Database | None = None) -> Alerting:
        return Alerting(database or self.database, lambda: self.catalogue, self.clock, self.counted.append)

    def open(self) -> None:
        row = {"kind": "budget", "owner_id": "bud_1", "currency": "USD", "period": "month", "starts_at": self.starts_at}
        row |= {"credits_posted": 100, "debits_posted": 0, "debits_pending": 0, "slack": 0}
        with self.database.writing() as connection:
            connection.execute(insert(accounts).values(row))

    def spend(self, nanos: int) -> None:
        with self.database.writing() as connection:
            connection.execute(update(accounts).values(debits_posted=nanos))

    def look(self) -> list[int]:
        return [threshold for _, threshold in self.alerting.look()]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_each_threshold_is_told_once_in_a_window(scene: Scene) -> None:
    assert scene.look() == []
    scene.open()
    scene.spend(49)
    assert scene.look() == []
    scene.spend(60)
    assert scene.look() == [50]
    assert scene.look() == []
    scene.spend(100)
    assert scene.look() == [80]


def test_another_server_does_not_tell_it_again(scene: Scene) -> None:
    scene.open()
    scene.spend(60)
    assert scene.look() == [50]
    assert scene.server().look() == []


def test_without_thresholds_nothing_is_asked(scene: Scene) -> None:
    scene.catalogue = Catalogue(revision=2, organizations=(Organization("org_1", "acme"),))
    scene.database.close()
    assert scene.look() == []


async def test_it_is_logged_and_counted_and_goes_on_when_the_database_is_away(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerting, "EVERY_S", 0.01)
    scene.open()
    scene.spend(60)
    looks = scene.alerting.look
    failed: list[bool] = []

    def fail_first() -> object:
        if not failed:
            failed.append(True)
            raise StoreUnavailable("away")
        return looks()

    monkeypatch.setattr(Alerting, "look", lambda _self: fail_first())
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(scene.alerting.run())
        async with asyncio.timeout(10):
            while not scene.counted:  # noqa: ASYNC110 - it is told by nothing else
                await asyncio.sleep(0.01)
        running.cancel()
    assert scene.counted == [50]
    first, second = caplog.records
    assert (first.message, second.message) == ("budgets not looked at", "budget alert")
    assert (second.owner, second.spent) == ("organization:acme", "0.00000006 USD")  # type: ignore[attr-defined]
