import asyncio

import pytest

from tests.cluster import cluster, fresh
from waystation.adapters.postgres import links as links_module
from waystation.adapters.postgres.address import Address, address_of
from waystation.adapters.postgres.link import Connection
from waystation.adapters.postgres.links import Links
from waystation.wire.errors import StoreUnavailable


async def backend(connection: Connection) -> object:
    return await connection.fetchval("SELECT pg_backend_pid()")


async def test_more_work_than_links_waits_its_turn() -> None:
    links = Links(Address(cluster().url(fresh())), count=2)
    backends = await asyncio.gather(*(links.do(backend) for _ in range(20)))
    assert len(set(backends)) <= 2
    await links.aclose()


async def test_a_connection_that_broke_while_it_lay_idle_is_made_anew() -> None:
    links = Links(Address(cluster().url(fresh())), count=1)
    first = await links.do(backend)
    beside = Links(Address(cluster().url("postgres")), count=1)
    await beside.do(lambda connection: connection.execute(f"SELECT pg_terminate_backend({first})"))
    assert await links.do(backend) != first
    await links.aclose()
    await beside.aclose()


async def test_a_database_that_is_away_is_told() -> None:
    links = Links(address_of("postgresql://postgres@127.0.0.1:9/none"))
    with pytest.raises(StoreUnavailable):
        await links.do(backend)
    await links.aclose()


async def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "PATIENCE_S", 0.1)
    links = Links(Address(cluster().url(fresh())), count=1)
    with pytest.raises(StoreUnavailable):
        await links.do(lambda connection: connection.fetchval("SELECT pg_sleep(20)"))
    assert await links.do(backend)
    await links.aclose()


async def test_work_that_is_cancelled_leaves_no_half_spoken_connection() -> None:
    links = Links(Address(cluster().url(fresh())), count=1)
    work = asyncio.ensure_future(links.do(lambda connection: connection.fetchval("SELECT pg_sleep(20)")))
    await asyncio.sleep(0.2)
    work.cancel()
    await asyncio.wait([work])
    assert await links.do(backend)
    await links.aclose()
