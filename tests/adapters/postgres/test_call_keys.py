import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.calls import claim
from tests.contract.store import DAY, NOW
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.call_keys import CallKeys
from waystation.adapters.postgres.links import Links
from waystation.wire.booking import ClaimOrder


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


@pytest.fixture
async def keys(world: PostgresWorld) -> AsyncIterator[CallKeys]:
    links = Links(address_of(world.url))
    yield CallKeys(links)
    await links.aclose()


def dated(order: ClaimOrder, at: float) -> ClaimOrder:
    return msgspec.structs.replace(order, at=at, expires_at=at + DAY)


async def test_of_many_at_once_one_has_the_key(world: PostgresWorld) -> None:
    answers = await asyncio.gather(*(world.store.claim_key(claim(number)) for number in range(30)))
    assert answers.count(None) == 1


async def test_of_many_who_take_over_a_dead_key_one_has_it(world: PostgresWorld) -> None:
    await world.store.claim_key(claim(0))
    late = [claim(number, at=NOW + DAY) for number in range(1, 30)]
    answers = await asyncio.gather(*(world.store.claim_key(order) for order in late))
    assert answers.count(None) == 1


async def test_expired_keys_are_swept(world: PostgresWorld, keys: CallKeys) -> None:
    await keys.claim(claim(1, digest=b"old"))
    await keys.claim(claim(2, digest=b"new", at=NOW + 10))
    await keys.sweep(NOW + DAY)
    assert world.sql("SELECT call_id FROM call_keys") == [["call_of_hold_2"]]
