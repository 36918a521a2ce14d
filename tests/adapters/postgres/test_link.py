import asyncio

import pytest

from tests.cluster import cluster, fresh
from waystation.adapters.postgres.address import Address, address_of
from waystation.adapters.postgres.link import LOST, Link


def address(*, pooled: bool = False) -> Address:
    return Address(cluster().url(fresh()), pooled=pooled)


@pytest.mark.parametrize("pooled", [False, True])
async def test_a_link_speaks_with_and_without_prepared_statements(*, pooled: bool) -> None:
    link = Link(address(pooled=pooled))
    for number in range(3):
        async with link.speaking() as connection:
            assert await connection.fetchval("SELECT $1::int + 1", number) == number + 1
    await link.aclose()


async def test_behind_a_pooler_what_is_said_is_one_transaction() -> None:
    link = Link(address(pooled=True))
    async with link.speaking() as connection:
        first = await connection.fetchval("SELECT txid_current()")
        assert await connection.fetchval("SELECT txid_current()") == first
    await link.aclose()


async def test_a_dropped_link_is_made_anew() -> None:
    link = Link(address())
    first = await link.connection()
    assert await link.connection() is first
    link.drop()
    assert not link.is_open
    assert await link.connection() is not first
    await link.aclose()
    await link.aclose()


async def test_a_database_that_is_not_there_is_lost() -> None:
    link = Link(address_of("postgresql://postgres@127.0.0.1:9/none"))
    with pytest.raises(LOST):
        await link.connection()
    link.drop()


async def test_a_statement_that_takes_too_long_is_lost() -> None:
    link = Link(address(), command_s=0.1)
    connection = await link.connection()
    with pytest.raises(LOST):
        await connection.fetchval("SELECT pg_sleep(5)")
    link.drop()


async def test_closing_waits_for_nobody() -> None:
    link = Link(address())
    connection = await link.connection()
    sleeping = asyncio.ensure_future(connection.fetchval("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        await link.aclose()
    await asyncio.gather(sleeping, return_exceptions=True)
