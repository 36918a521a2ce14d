import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType

import pytest

from tests.adapters.sqlite.world import SqliteWorld, started
from tests.contract.machine import SETTINGS, StoreMachine
from tests.contract.store import NOW, WALLET, StoreContract, available, call_record, hold_order, post_order
from waystation.adapters.sqlite.records import CallFilter, calls
from waystation.wire.booking import Held
from waystation.wire.errors import Misconfigured, StoreUnavailable


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = await started(tmp_path)
    yield world
    await world.aclose()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[SqliteWorld]:
        world = await started(tmp_path)
        yield world
        await world.aclose()
        assert world.verify().differences in ([], UNBASED) or not world.verify().differences
