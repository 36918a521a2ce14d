import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.adapters.http_server.sockets import serving
from tests.gateway.world import CHAT, HELLO, Front, Line, front
from tests.relay.world import DONE, SECRET, ScriptedInbound, delta, plain, scene, stream, until
from waystation.gateway import watch as watching

STREAM = {**HELLO, "stream": True}
ALIVE = b": keep-alive\n\n"


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "TICK_S", 0.001)


@pytest.fixture
async def silent() -> AsyncIterator[tuple[Front, asyncio.Event]]:
    """A gateway whose upstream is silent until the event, and whose watch runs."""
    said = asyncio.Event()
    at = front(scene(stream(said.wait, delta("Hi", finish="stop"), DONE)))
    running = asyncio.create_task(at.watch.run())
    yield at, said
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_silence_is_broken_also_before_the_first_event(silent: tuple[Front, asyncio.Event]) -> None:
    at, said = silent
    line = Line()
    asking = asyncio.create_task(at.ask(STREAM, line=line))
    await until(lambda: len(at.watch.open) == 1)
    at.scene.clock.at += 9.9
    await asyncio.sleep(0.02)
    assert line.messages == []
    at.scene.clock.at += 0.1
    await until(lambda: line.body == ALIVE)
    at.scene.clock.at += 10.0
    await until(lambda: line.body == ALIVE * 2)
    said.set()
    await asking
    assert (line.status, line.body, line.ended) == (200, ALIVE * 2 + delta("Hi", finish="stop") + DONE, True)


async def test_a_slow_reader_of_a_silent_stream_is_not_spoken_to_and_gets_it_all() -> None:
    said = asyncio.Event()
    long = delta("x" * 8_000_000)  # more than the sockets' buffers take
    at = front(scene(stream(long, said.wait, delta(finish="stop"), DONE)))
    async with serving(at.gateway) as server:
        running = asyncio.create_task(at.watch.run())
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(_request(STREAM))
        await until(lambda: any(reply.started for reply in at.watch.open))
        at.scene.clock.at += 10.0
        await asyncio.sleep(0.05)
        said.set()
        await until(lambda: any(reply.sending for reply in at.watch.open))
        got = await reader.read()
        running.cancel()
        writer.close()
    assert (at.scene.record.outcome, DONE in got, ALIVE in got) == ("ok", True, False)


async def test_a_failure_after_a_sign_of_life_is_an_event() -> None:
    said = asyncio.Event()
    failing = ScriptedInbound(said.wait, status=500)
    at, line = front(scene(failing)), Line()
    running = asyncio.create_task(at.watch.run())
    asking = asyncio.create_task(at.ask(STREAM, line=line))
    await until(lambda: len(at.scene.transport.asked) == 1)
    at.scene.clock.at += 10.0
    await until(lambda: line.body == ALIVE)
    said.set()
    await asking
    running.cancel()
    assert line.status == 200
    assert (at.scene.record.outcome, at.scene.record.status) == ("failed", 200)
    assert line.body.startswith(ALIVE + b'data: {"error":')
    assert line.ended


async def test_a_plain_call_is_left_in_silence() -> None:
    said = asyncio.Event()
    at, line = front(scene(ScriptedInbound(said.wait, b"{}"))), Line()
    running = asyncio.create_task(at.watch.run())
    asking = asyncio.create_task(at.ask(line=line))
    await until(lambda: len(at.scene.transport.asked) == 1)
    at.scene.clock.at += 100.0
    await asyncio.sleep(0.02)
    assert line.messages == []
    said.set()
    await asking
    running.cancel()
    assert (line.status, line.ended) == (502, True)


async def test_a_caller_who_does_not_read_is_dropped() -> None:
    at, line = front(scene(stream(delta("Hi"), delta(finish="stop"), DONE))), Line(blocked=asyncio.Event())
    running = asyncio.create_task(at.watch.run())
    asking = asyncio.create_task(at.ask(STREAM, line=line))
    await until(lambda: any(reply.sending for reply in at.watch.open))
    at.scene.clock.at += 59.0
    await asyncio.sleep(0.02)
    assert not line.aborted
    at.scene.clock.at += 1.0
    await asking
    running.cancel()
    assert line.aborted
    assert at.scene.record.outcome == "caller_gone"
    assert at.scene.spent > 0


async def test_a_caller_who_does_not_read_even_the_head_is_dropped() -> None:
    class Stuck(Line):
        def answer(self, *_whole: object) -> bool:
            return False

        async def send(self, message: dict[str, Any]) -> None:
            await until(lambda: self.lost)
            await super().send(message)

    at, line = front(scene(plain())), Stuck()
    running = asyncio.create_task(at.watch.run())
    asking = asyncio.create_task(at.ask(line=line))
    await until(lambda: at.scene.spent > 0)
    await asyncio.sleep(0.01)
    at.scene.clock.at += 3600.0
    await until(lambda: line.aborted)
    line.hang_up()
    await asking
    running.cancel()


def _request(body: object) -> bytes:
    sent = json.dumps(body).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\nconnection: close\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(sent) + sent
