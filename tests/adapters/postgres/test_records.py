from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.adapters.postgres.world import PostgresWorld
from tests.contract.store import call_record
from waystation.adapters.postgres import records
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.link import Connection, Link
from waystation.wire.record import written


@pytest.fixture
def world() -> PostgresWorld:
    return PostgresWorld()


@pytest.fixture
async def connection(world: PostgresWorld) -> AsyncIterator[Connection]:
    link = Link(address_of(world.url))
    yield await link.connection()
    await link.aclose()
    world.leave()


def rows(world: PostgresWorld) -> list[object]:
    return [tuple(row) for row in world.sql("SELECT call_id, outcome, amount_nanos FROM calls ORDER BY call_id")]


async def test_records_are_written_and_a_whole_one_takes_the_place_of_a_rebuilt_one(
    world: PostgresWorld, connection: Connection
) -> None:
    rebuilt = msgspec.structs.replace(call_record("call_1"), outcome="cut", amount_nanos=5)
    await records.mend(connection, [written(rebuilt)])
    await records.write(connection, [written(call_record(f"call_{number}")) for number in (2, 1, 2)])
    assert rows(world) == [("call_1", "ok", 0), ("call_2", "ok", 0)]


async def test_mending_changes_nothing_but_the_amount(world: PostgresWorld, connection: Connection) -> None:
    await records.write(connection, [written(call_record("call_1"))])
    await records.mend(connection, [])
    cut = msgspec.structs.replace(call_record("call_1"), outcome="cut", amount_nanos=5)
    await records.mend(connection, [written(cut)])
    assert rows(world) == [("call_1", "ok", 5)]
    (record,) = world.sql("SELECT record FROM calls")[0]
    assert msgspec.json.decode(record)["outcome"] == "ok"
