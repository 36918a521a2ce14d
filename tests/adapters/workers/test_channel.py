import asyncio
import socket
import struct

import pytest

from waystation.adapters.workers import channel as channel_module
from waystation.adapters.workers.channel import AllCounts, Channel, Count, CountAll, Counts, Message, Ready, Retire


async def pair() -> tuple[Channel, Channel]:
    one, other = socket.socketpair()
    return await Channel.over(one), await Channel.over(other)


@pytest.mark.parametrize(
    "message", [Ready(), Count(), Counts(b""), Counts(b"\0" * 1_000_000), CountAll(), AllCounts(b"x"), Retire()]
)
async def test_what_is_said_is_heard(message: Message) -> None:
    one, other = await pair()
    sending = asyncio.create_task(one.send(message))  # it may be more than the sockets hold
    assert await other.receive() == message
    await sending
    one.close()
    assert await other.receive() is None
    other.close()


async def test_what_is_not_understood_is_passed_over() -> None:
    ours, theirs = socket.socketpair()
    channel = await Channel.over(ours)
    for payload in (b"\xc1", b"\x81\xa4type\xa3new"):
        theirs.sendall(struct.pack("<I", len(payload)) + payload)
    other = await Channel.over(theirs)
    await other.send(Ready())
    assert await channel.receive() == Ready()
    channel.close()
    other.close()


async def test_a_message_that_is_cut_off_or_too_large_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "MESSAGE_BYTES_MAX", 100)
    for said in (b"\x05", struct.pack("<I", 50) + b"half", struct.pack("<I", 101)):
        ours, theirs = socket.socketpair()
        channel = await Channel.over(ours)
        theirs.sendall(said)
        theirs.close()
        assert await channel.receive() is None
        channel.close()


async def test_to_speak_to_nobody_is_no_error() -> None:
    one, other = await pair()
    other.close()
    for _ in range(3):
        await one.send(Counts(b"x" * 100_000))
    assert await one.receive() is None
    one.close()
