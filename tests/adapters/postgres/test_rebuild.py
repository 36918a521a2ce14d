import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.store import NOW, hold_order, post_order
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.link import Connection, Link
from waystation.adapters.postgres.rebuild import catch_up, safe_posting
from waystation.adapters.sql.locks import POSTING, RECORDING

ALL = 2**62


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


@pytest.fixture
async def connection(world: PostgresWorld) -> AsyncIterator[Connection]:
    link = Link(address_of(world.url))
    yield await link.connection()
    await link.aclose()


async def posted(world: PostgresWorld, *numbers: int) -> None:
    for number in numbers:
        await world.store.hold(hold_order(f"hold_{number}", 10))
        order = post_order(f"hold_{number}", number, estimated=True, marks=("usage_unheard",))
        await world.store.post(order)


def logged(world: PostgresWorld) -> list[object]:
    return [tuple(row) for row in world.sql("SELECT call_id, amount_nanos FROM calls ORDER BY call_id")]


async def test_lost_records_are_rebuilt_once(world: PostgresWorld, connection: Connection) -> None:
    await posted(world, 1, 2)
    assert await catch_up(connection, up_to=ALL) == 2
    assert logged(world) == [("call_of_hold_1", 1), ("call_of_hold_2", 2)]
    world.sql("DELETE FROM calls")
    assert await catch_up(connection, up_to=ALL) == 0  # they were compared


async def test_amounts_that_differ_are_put_right(world: PostgresWorld, connection: Connection) -> None:
    await posted(world, 1)
    await catch_up(connection, up_to=ALL)
    world.sql("UPDATE calls SET amount_nanos = 9")
    world.sql("UPDATE watermark SET posting_id = 0")
    assert await catch_up(connection, up_to=ALL) == 1
    assert logged(world) == [("call_of_hold_1", 1)]


async def test_young_postings_are_left_for_later(world: PostgresWorld, connection: Connection) -> None:
    safe = await safe_posting(connection)
    await posted(world, 1)
    assert await catch_up(connection, up_to=safe) == 0
    assert await catch_up(connection, up_to=await safe_posting(connection)) == 1


async def test_records_that_may_have_been_deleted_are_not_made_again(
    world: PostgresWorld, connection: Connection
) -> None:
    await posted(world, 1)
    world.sql("UPDATE watermark SET kept_since = :then", then=NOW + 1)
    assert await catch_up(connection, up_to=ALL) == 0
    assert logged(world) == []


async def test_a_basis_that_can_not_be_read_is_told(
    world: PostgresWorld, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await posted(world, 1)
    world.sql("ALTER TABLE postings DISABLE TRIGGER USER")
    world.sql("UPDATE postings SET basis = 'no record' WHERE call_id IS NOT NULL")
    assert await catch_up(connection, up_to=ALL) == 0
    assert "basis not readable" in [record.message for record in caplog.records]


async def test_only_one_server_compares(world: PostgresWorld, connection: Connection) -> None:
    await posted(world, 1)
    await world.store.aclose()  # its own log compares too, and this loop stands still while the test waits for a lock
    world.sql("DELETE FROM calls")
    world.sql("UPDATE watermark SET posting_id = 0")
    world.sql("BEGIN")
    world.sql(f"SELECT pg_advisory_xact_lock({RECORDING})")
    assert await catch_up(connection, up_to=ALL) == 0
    world.sql("COMMIT")
    assert await catch_up(connection, up_to=ALL) == 1


async def test_a_posting_under_way_holds_back_what_is_safe(world: PostgresWorld, connection: Connection) -> None:
    await world.store.aclose()
    world.sql("BEGIN")
    world.sql(f"SELECT pg_advisory_xact_lock_shared({POSTING})")
    waiting = asyncio.ensure_future(safe_posting(connection))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    world.sql("COMMIT")
    assert await waiting == 1  # the opening credit
