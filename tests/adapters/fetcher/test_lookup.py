import asyncio
import socket
import threading

import pytest

from waystation.adapters.fetcher import lookup
from waystation.adapters.fetcher.lookup import THREADS_MAX, Lookup


async def test_a_name_has_its_addresses_each_once() -> None:
    names = Lookup()
    assert set(await names.addresses("localhost")) <= {"127.0.0.1", "::1"}
    assert await names.addresses("127.0.0.1") == ("127.0.0.1",)
    assert await names.addresses("2130706433") == ("127.0.0.1",)
    names.close()


async def test_what_is_no_name_is_an_error() -> None:
    names = Lookup()
    for host in ("a..b", "a" * 300):
        with pytest.raises((OSError, UnicodeError)):
            await names.addresses(host)
    names.close()


async def test_slow_name_servers_hold_up_no_one_else(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    class SlowSocket:
        SOCK_STREAM = socket.SOCK_STREAM

        @staticmethod
        def getaddrinfo(*_: object, **__: object) -> list[object]:
            release.wait(10)
            return []

    monkeypatch.setattr(lookup, "socket", SlowSocket)
    names = Lookup()
    slow = [asyncio.create_task(names.addresses(f"slow-{at}.example")) for at in range(THREADS_MAX + 4)]
    await asyncio.sleep(0.02)
    found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", None, type=socket.SOCK_STREAM)
    assert found[0][4][0] == "127.0.0.1"
    names.close()
    release.set()
    done = await asyncio.gather(*slow, return_exceptions=True)
    assert done[:THREADS_MAX] == [()] * THREADS_MAX
    assert all(isinstance(one, asyncio.CancelledError) for one in done[THREADS_MAX:])
