from collections.abc import AsyncIterator

import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.link import Link
from waystation.adapters.postgres.runs import others_live


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


async def test_a_run_lives_until_it_ends_or_is_not_seen_any_more(world: PostgresWorld) -> None:
    ((run_id,),) = world.sql("SELECT run_id FROM runs")
    link = Link(address_of(world.url))
    connection = await link.connection()
    assert await others_live(connection, "run_of_another")
    assert not await others_live(connection, run_id)
    world.sql("INSERT INTO runs SELECT 'run_ended', began_at, seen_at, seen_at FROM runs")
    world.sql("INSERT INTO runs SELECT 'run_killed', began_at, seen_at - 61, NULL FROM runs WHERE ended_at IS NULL")
    assert not await others_live(connection, run_id)
    await link.aclose()
