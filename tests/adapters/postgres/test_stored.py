import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.store import NOW, stored_response
from waystation.adapters.postgres import stored as stored_module
from waystation.wire.errors import Misconfigured, Overloaded


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


async def test_the_text_is_sealed(world: PostgresWorld) -> None:
    await world.store.keep_response(stored_response())
    ((sealed, size),) = world.sql("SELECT sealed, size FROM responses")
    assert b"response" not in sealed
    assert size == stored_response().text_bytes


async def test_a_text_does_not_open_in_another_place(world: PostgresWorld) -> None:
    await world.store.keep_response(stored_response())
    world.sql("UPDATE responses SET organization_id = 'org_2'")
    with pytest.raises(Misconfigured):
        await world.store.find_response("org_2", "resp_1", at=NOW)


async def test_too_much_at_once_is_turned_away(world: PostgresWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_module, "WAITING_BYTES_MAX", 10_000)
    answers = await asyncio.gather(
        *(world.store.keep_response(stored_response(f"resp_{number}")) for number in range(20)), return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(Overloaded) > 10
    await world.store.keep_response(stored_response())


async def test_a_sweep_is_bounded_and_comes_to_its_end(world: PostgresWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_module, "SWEEP_ROWS", 2)
    for number in range(5):
        await world.store.keep_response(stored_response(f"resp_{number}", lasts_s=60))
    old = msgspec.structs.replace(stored_response("resp_old"), created_at=NOW - 31 * 86_400)
    await world.store.keep_response(old)
    world.now = NOW + 61
    await world.sweep()
    assert world.sql("SELECT count(*) FROM responses") == [[0]]
