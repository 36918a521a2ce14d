import pytest

from tests.redis_place import fresh
from waystation.adapters.clock import SystemClock
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
