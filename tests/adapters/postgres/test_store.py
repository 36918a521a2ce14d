from collections.abc import AsyncIterator

import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, ClosableWorld, StoreMachine
from tests.contract.store import StoreContract


class TestPostgresStore(StoreContract, CallContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[PostgresWorld]:
        world = await started()
        yield world
        await world.aclose()


async def machine_world() -> ClosableWorld:
    return await started()


class PostgresMachine(StoreMachine):
    make_world = staticmethod(machine_world)


TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = SETTINGS
