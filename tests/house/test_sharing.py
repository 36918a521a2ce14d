import asyncio

import pytest

from tests.redis_place import fresh
from waystation.adapters.clock import SystemClock
from waystation.adapters.redis import line
from waystation.house.sharing import sharing_of
from waystation.keys.book import Book
from waystation.wire.errors import Misconfigured


async def test_it_comes_and_goes() -> None:
    sharing = sharing_of(fresh(), SystemClock(), Book(lambda: 0.0))
    assert sharing.lost
    await sharing.start()
    assert not sharing.lost
    await sharing.aclose()
    assert sharing.lost


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Misconfigured, match="WAYSTATION_REDIS_URL"):
        sharing_of("nowhere", SystemClock(), Book(lambda: 0.0))


async def test_ceilings_of_keys_are_shared_among_those_who_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BEAT_S", 0.02)
    address, books = fresh(), [Book(lambda: 0.0) for _ in range(3)]
    sharings = [sharing_of(address, SystemClock(), book) for book in books]
    for sharing in sharings:
        await sharing.start()
    async with asyncio.timeout(30):
        while [book.processes for book in books] != [3, 3, 3]:  # noqa: ASYNC110 - it is told by nothing else
            await asyncio.sleep(0.01)
        await sharings[2].aclose()
        while [book.processes for book in books[:2]] != [2, 2]:  # noqa: ASYNC110 - as before
            await asyncio.sleep(0.01)
    for sharing in sharings[:2]:
        await sharing.aclose()
