"""Answers that break off, stall, or come in odd pieces."""

from typing import Any

import pytest

from tests.demo.raw import HELLO, STREAM, connected, exchange, is_whole, parse, post, seen, spoiled
from tests.demo.scenes import acts, plain_scene, sent, stream_scene, waits
from waystation.demo.answer import Act, Framing, play
from waystation.demo.faults import FAULTS, fault_named
from waystation.demo.scene import healthy
from waystation.demo.upstream import DemoSettings, DemoUpstream

BOTH = pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])


@BOTH
@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("refuse", "reset"),
        ("reset-before-response", "reset"),
        ("fin-before-response", "fin"),
        ("hang-before-headers", "open"),
    ],
)
async def test_no_byte_comes(fault: str, end: str, what: dict[str, Any]) -> None:
    assert await spoiled(fault, what) == (b"", end)


@BOTH
@pytest.mark.parametrize(("fault", "end"), [("reset-after-headers", "reset"), ("hang-before-first-chunk", "open")])
async def test_only_the_head_comes(fault: str, end: str, what: dict[str, Any]) -> None:
    got, ended = await spoiled(fault, what)
    assert (got[:15], got[-4:], got.count(b"\r\n\r\n"), ended) == (b"HTTP/1.1 200 OK", b"\r\n\r\n", 1, end)


@pytest.mark.parametrize(
    ("fault", "end"), [("reset-mid-stream", "reset"), ("fin-mid-stream", "fin"), ("hang-mid-stream", "open")]
)
async def test_half_of_a_stream_comes(fault: str, end: str) -> None:
    got, ended = await spoiled(fault, STREAM)
    events = parse(got).events()
    assert (len(events), "[DONE]" in events, is_whole(got), ended) == (5, False, False, end)


@pytest.mark.parametrize(
    ("fault", "end"), [("reset-mid-stream", "reset"), ("fin-mid-stream", "fin"), ("hang-mid-stream", "open")]
)
async def test_half_of_a_plain_body_comes(fault: str, end: str) -> None:
    got, ended = await spoiled(fault, HELLO)
    answer = parse(got)
    assert (len(answer.body), ended) == (int(answer.header("content-length") or 0) // 2, end)


async def test_all_but_done_comes() -> None:
    got, end = await spoiled("hang-before-end", STREAM)
    assert (parse(got).events()[-1]["choices"], is_whole(got), end) == ([], False, "open")


async def test_refuse_resets_a_connection_that_was_open_already() -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.ask(HELLO)
        upstream.set_fault("refuse")
        await raw.send(post(HELLO))
        assert await raw.rest() == (b"", "reset")


@pytest.mark.parametrize("scene", [plain_scene(), stream_scene(), stream_scene(http10=True)])
def test_slices_are_the_healthy_answer(scene: Any) -> None:
    whole, ending = sent(play(healthy(scene))), acts(play(healthy(scene)))
    for name, sizes in (("slow-drip", [1, 1, 1, 1, 1]), ("rechunk", [1, 2, 3, 5, 1])):
        steps = list(FAULTS[name].script(scene))
        assert [len(step) for step in steps if isinstance(step, bytes)][:5] == sizes
        assert (sent(steps), acts(steps)) == (whole, ending)
    assert (Act.FIN in ending) == (healthy(scene).framing is Framing.CLOSE)


@pytest.mark.parametrize("fault", ["slow-drip=0", "rechunk"])
@BOTH
async def test_slices_arrive_apart_and_work(fault: str, what: dict[str, Any]) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream, connected(upstream) as raw:
        await raw.send(post(what, "connection: close"))
        pieces = [piece async for piece in raw.pieces(1)]
        assert len(pieces) > 50  # some may arrive together
        got = parse(b"".join(pieces))
        assert "there" in str(got.events() if what is STREAM else got.json())


def test_the_pace_of_a_drip_can_be_chosen() -> None:
    fault = fault_named("slow-drip=0.5")
    assert set(waits(fault.script(plain_scene(amount=fault.amount)))) == {0.5}


@BOTH
async def test_close_idle_ends_a_connection_that_was_to_live(what: dict[str, Any]) -> None:
    got, end = await spoiled("close-idle", what)
    assert (parse(got).status, parse(got).header("connection"), end) == (200, None, "fin")


async def test_close_idle_counts_as_answered() -> None:
    async with DemoUpstream(DemoSettings(fault="close-idle")) as upstream:
        await exchange(upstream, post(HELLO))
        assert upstream.calls[0].answered


async def test_stale_on_reuse_answers_once_on_each_connection() -> None:
    async with DemoUpstream(DemoSettings(fault="stale-on-reuse")) as upstream:
        for _ in range(2):
            async with connected(upstream) as raw:
                assert (await raw.ask(HELLO)).status == 200
                await raw.send(post(HELLO))
                assert await raw.rest() == (b"", "reset")


async def test_garbage_is_not_http() -> None:
    assert await spoiled("garbage", HELLO) == (bytes(range(256)) * 4, "fin")


async def test_a_head_may_stay_unfinished() -> None:
    got, end = await spoiled("head-unfinished", HELLO)
    assert (got[:15], b"\r\n\r\n" in got, end) == (b"HTTP/1.1 200 OK", False, "fin")


async def test_without_a_fault_nothing_is_cut() -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, post(STREAM))
        assert (is_whole(got), end) == (True, "open")
    assert (await seen("no-done", HELLO)).status == 200
