"""Vendors that lie, leak, flood and bomb: the caller is safe from them, and so are the other callers."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.flood import Flood
from tests.e2e.memory import MIB, growth
from tests.e2e.raw import Answer, ask, calling, post, until
from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.demo.answer import Step, chunk, head
from waystation.demo.faults import Fault
from waystation.demo.refusals import Refusal
from waystation.demo.scene import Scene, event, healthy, payloads, refused, streamed, told

KEY = "upstream-key-0123456789"  # without a prefix that would give it away as one
SHORT = "{connect: 1, first_byte: 2, idle: 1, total: 10}"
PATIENT = "{connect: 60, first_byte: 60, idle: 60, total: 120}"  # a machine that has other work packs a bomb slowly


async def one_call(rig: Rig, *, stream: bool) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(ask(stream=stream)))


def fault(script: Callable[[Scene], Iterator[Step]]) -> Fault:
    return Fault("ours", "for one test", script)


# Secrets


def leak_in_refusal(status: int) -> Callable[[Scene], Iterator[Step]]:
    def script(scene: Scene) -> Iterator[Step]:
        leaking = Refusal(status, f"Key {scene.key} of http://127.0.0.1:1/ says no. Bearer {scene.key}", param="x")
        return told(scene, refused(scene, leaking))

    return script


def leak_in_event(scene: Scene) -> Iterator[Step]:
    error = b'data: {"error":{"message":"%b failed"}}\n\n' % scene.key.encode()
    return told(scene, streamed(scene, [*healthy(scene).pieces[:3], error]))


LEAKS: dict[str, Fault | str] = {
    "401": "keyleak-401",
    "400": fault(leak_in_refusal(400)),
    "422": fault(leak_in_refusal(422)),
    "500": fault(leak_in_refusal(500)),
    "error event": fault(leak_in_event),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("leak", LEAKS)
async def test_no_secret_of_ours_reaches_the_caller_or_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, leak: str, *, stream: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, keys=(KEY,)))) as rig:
        ups[0].set_fault(LEAKS[leak])
        answer = await one_call(rig, stream=stream)
        assert ups[0].calls[0].key == KEY
        assert b"error" in answer.body
        seen = f"{answer.headers}{answer.body!r}{[vars(line) for line in caplog.records]}"
        assert KEY not in seen
        assert "127.0.0.1" not in answer.body.decode()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["internal-headers", "hop-headers", "trailers", "103-early-hints"])
async def test_no_header_of_the_vendors_reaches_the_caller(tmp_path: Path, name: str, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        plain = set((await one_call(rig, stream=stream)).headers)
        ups[0].set_fault(name)
        answer = await one_call(rig, stream=stream)
        assert answer.status == 200
        assert set(answer.headers) == plain
        assert not {"set-cookie", "via", "openai-organization", "x-ratelimit-limit-requests"} & plain
        assert "vendor" not in str(answer.headers)


# Whose byte is whose


@pytest.mark.parametrize("stream", [False, True])
async def test_a_second_answer_that_nobody_asked_for_reaches_nobody(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("extra-bytes-after-response")
        for number in range(10):
            async with calling(rig) as caller:
                answer = await caller.ask(post(ask(f"call number {number}", stream=stream)))
            text = answer.text if stream else json.loads(answer.body)["choices"][0]["message"]["content"]
            assert text == f"You said: call number {number}"
            assert b"smuggled" not in answer.body
        assert {record.outcome for record in await rig.calls(10)} == {"ok"}


@pytest.mark.parametrize("stream", [False, True])
async def test_characters_torn_by_the_wire_arrive_whole(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("split-utf8")
        answer = await one_call(rig, stream=stream)
        text = answer.text if stream else json.loads(answer.body)["choices"][0]["message"]["content"]
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16")
        assert joined == "中😀😀You said: one two three four"
        assert b"\\ud83d" in answer.body  # as the vendor wrote it


def half_a_pair(scene: Scene) -> Iterator[Step]:
    r"""Half of a pair that never gets its other half, written as an escape: `\ud83d`."""
    said = event(payloads(scene)[1]).replace(b'"content":"', b'"content":"\\ud83d')
    return told(scene, streamed(scene, [healthy(scene).pieces[0], said, *healthy(scene).pieces[1:]]))


async def test_half_a_surrogate_pair_mid_stream_is_passed_on_as_it_is(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault(fault(half_a_pair))
        answer = await one_call(rig, stream=True)
        assert answer.body.count(b"\\ud83d") == 1
        assert answer.events[-1] == "[DONE]"
        assert [record.outcome for record in await rig.calls(1)] == ["ok"]


# Floods and bombs

# What the caller of the bomb gets for a plain call and for a stream. 20 MB in one body is a large answer; in one event
# it is too much.
BOMBS = {
    "gzip-bomb": (502, 502),
    "huge-line=20000000": (200, 502),
    "endless-line": (502, 502),
    "deep-json": (502, 502),
    "many-headers": (502, 502),
    "huge-header=10000000": (502, 502),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_strikes_only_its_own_call(tmp_path: Path, bomb: str, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, timeouts=PATIENT))) as rig, growth() as grown:
        ups[0].set_fault(bomb, times=1)
        struck = asyncio.create_task(one_call(rig, stream=stream))
        await until(lambda: ups[0].total_calls)
        for _ in range(3):
            async with asyncio.timeout(20):
                others = await asyncio.gather(*(one_call(rig, stream=stream) for _ in range(5)))
            assert {other.status for other in others} == {200}
        assert (await struck).status == BOMBS[bomb][stream]
        assert KEY not in str((await struck).headers)
        assert ups[0].total_calls == 16
        assert grown.bytes < 160 * MIB  # a plain answer may have 64


def deep_in_the_middle(scene: Scene) -> Iterator[Step]:
    deep = b'data: {"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n"
    events = list(healthy(scene).pieces)
    return told(scene, streamed(scene, [*events[:3], deep, *events[3:]]))


def endless_in_the_middle(scene: Scene) -> Iterator[Step]:
    yield head(healthy(scene))
    for piece in healthy(scene).pieces[:3]:
        yield chunk(piece)
    yield chunk(b"data: {")
    filler = chunk(b"x" * 65536)
    while True:
        yield filler


@pytest.mark.parametrize("script", [deep_in_the_middle, endless_in_the_middle])
async def test_a_bomb_in_the_middle_of_a_stream_ends_it_with_an_error(
    tmp_path: Path, script: Callable[[Scene], Iterator[Step]]
) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, timeouts=SHORT))) as rig, growth() as grown:
        ups[0].set_fault(fault(script), times=1)
        answer = await one_call(rig, stream=True)
        assert set(answer.events[-1]) == {"error"}
        assert answer.text == "You said:"
        assert b"[DONE]" not in answer.body
        assert [record.outcome for record in await rig.calls(1)] == ["cut"]
        assert grown.bytes < 64 * MIB


async def test_a_flood_waits_for_a_caller_who_does_not_read(tmp_path: Path) -> None:
    flood = Flood()
    async with (
        doubles() as ups,
        running(Rig(tmp_path, manifest(*ups))) as rig,
        calling(rig, receive_bytes=4096, limit=1024) as sleeper,
        growth() as grown,
    ):
        ups[0].set_fault(flood.fault, times=1)
        await sleeper.send(post(ask(stream=True)))
        await sleeper.head()
        await asyncio.sleep(0.5)
        settled = flood.bytes
        async with asyncio.timeout(2):
            others = await asyncio.gather(*(one_call(rig, stream=True) for _ in range(5)))
        await asyncio.sleep(0.5)
        assert {other.status for other in others} == {200}
        assert flood.bytes == settled
        assert settled < 32 * MIB  # most of it in the kernel's buffers
        assert grown.bytes < 48 * MIB
        sleeper.hang_up()
        assert "caller_gone" in {record.outcome for record in await rig.calls(6)}
