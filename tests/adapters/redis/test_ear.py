import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from rigs.redis_server import RedisServer
from waystation.adapters.redis import ear as ear_module
from waystation.adapters.redis.address import address_of
from waystation.adapters.redis.ear import Ear


class Heard:
    def __init__(self) -> None:
        self.words: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, word: bytes) -> None:
        self.words.put_nowait(word.decode())

    async def catch_up(self) -> None:
        self.words.put_nowait("(listens)")

    async def next(self) -> str:
        async with asyncio.timeout(30):
            return await self.words.get()


async def say(client: Redis, channel: str, word: str) -> None:
    await client.publish(f"{{waystation}}:{channel}", word)


async def test_it_hears_its_channels_in_order_and_no_others(tmp_path: Path) -> None:
    server, heard = RedisServer(tmp_path / "redis"), Heard()
    address = address_of(server.url)
    ear = Ear(address, {"mine": heard.hear}, heard.catch_up)
    await ear.start()  # nobody is there yet
    server.start()
    client = address.client()
    assert await heard.next() == "(listens)"
    for channel, word in (("mine", "一"), ("other", "no"), ("mine", "two")):
        await say(client, channel, word)
    assert [await heard.next(), await heard.next()] == ["一", "two"]
    await ear.aclose()
    await client.aclose()
    server.stop()


async def test_it_listens_again_after_a_loss_and_catches_up(tmp_path: Path) -> None:
    server, heard = RedisServer(tmp_path / "redis"), Heard()
    server.start()
    address = address_of(server.url)
    ear = Ear(address, {"mine": heard.hear}, heard.catch_up)
    await ear.start()
    assert await heard.next() == "(listens)"
    server.kill()
    server.start()
    assert await heard.next() == "(listens)"
    client = address.client()
    await say(client, "mine", "again")
    assert await heard.next() == "again"
    await ear.aclose()
    await client.aclose()
    server.stop()


async def test_who_says_nothing_for_long_is_asked_whether_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear_module, "QUIET_S", 0.05)
    monkeypatch.setattr(ear_module, "PATIENCE_S", 0.5)
    server, heard = RedisServer(tmp_path / "redis"), Heard()
    server.start()
    ear = Ear(address_of(server.url), {"mine": heard.hear}, heard.catch_up)
    await ear.start()
    assert await heard.next() == "(listens)"
    await asyncio.sleep(0.3)  # it answers: nothing happens
    assert heard.words.empty()
    server.pause()
    await asyncio.sleep(1.0)
    server.resume()
    assert await heard.next() == "(listens)"
    await ear.aclose()
    server.stop()
