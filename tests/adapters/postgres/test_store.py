from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, ClosableWorld, StoreMachine
from tests.contract.store import StoreContract
from waystation.adapters.postgres import link, writer


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes a test slow, and not wrong."""
    monkeypatch.setattr(writer, "PATIENCE_S", 30.0)
    monkeypatch.setattr(link, "COMMAND_S", 30.0)


class TestPostgresStore(StoreContract, CallContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[PostgresWorld]:
        world = await started()
        yield world
        await world.aclose()
        assert world.verify().differences == []


class PostgresMachineWorld(PostgresWorld):
    async def aclose(self) -> None:
        await super().aclose()
        assert self.verify().differences == []


async def machine_world() -> ClosableWorld:
    world = PostgresMachineWorld()
    world.prepare()
    await world.store.start()
    return world


class PostgresMachine(StoreMachine):
    make_world = staticmethod(machine_world)


TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = settings(SETTINGS, max_examples=8)  # each needs a server and databases of its own
