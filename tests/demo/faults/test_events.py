"""Events that are missing, broken, or written in an unusual way."""

import json
from typing import Any

import pytest

from tests.demo.raw import HELLO, STREAM, Got, connected, is_whole, post, seen, spoiled
from waystation.demo.upstream import DemoSettings, DemoUpstream

SAID = "You said: Hello, you there"
EVENTS = 9  # of a healthy stream: role, five words, finish, usage, [DONE]


def _content(events: list[Any]) -> str:
    choices = [event["choices"] for event in events if event != "[DONE]"]
    return "".join(choice[0]["delta"].get("content") or "" for choice in choices if choice)


async def _plain_is_healthy(fault: str) -> bool:
    content: str = (await seen(fault, HELLO)).json()["choices"][0]["message"]["content"]
    return content == SAID


async def test_no_done_leaves_only_that_out() -> None:
    got, _ = await spoiled("no-done", STREAM)
    events = (await seen("no-done", STREAM)).events()
    assert (len(events), events[-1]["choices"], is_whole(got)) == (EVENTS - 1, [], True)
    assert await _plain_is_healthy("no-done")


async def test_no_finish_ends_after_the_text() -> None:
    events = (await seen("no-finish", STREAM)).events()
    assert (_content(events), [event["choices"][0]["finish_reason"] for event in events]) == (SAID, [None] * 6)
    assert (await seen("no-finish", HELLO)).json()["choices"][0]["finish_reason"] is None


async def test_the_first_event_may_be_an_error() -> None:
    got = await seen("error-event-first", STREAM)
    error, done = got.events()
    assert (got.status, error["error"]["type"], done) == (200, "server_error", "[DONE]")
    assert (await seen("error-event-first", HELLO)).error()["type"] == "server_error"


async def test_an_error_may_come_in_the_middle() -> None:
    got = await seen("error-event-mid", STREAM)
    *before, error = got.events()
    assert (len(before), list(error)) == (EVENTS // 2, ["error"])
    assert (await seen("error-event-mid", HELLO)).error()["type"] == "server_error"


async def test_one_event_may_not_be_json() -> None:
    got = await seen("malformed-json-event", STREAM)
    parts = got.body.decode().split("\n\n")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(parts[EVENTS // 2].removeprefix("data: "))
    assert (len(parts), parts[-2]) == (EVENTS + 2, "data: [DONE]")
    with pytest.raises(ValueError, match="delimiter"):
        (await seen("malformed-json-event", HELLO)).json()


async def test_the_first_chunk_may_be_cut() -> None:
    raw, _ = await spoiled("truncated-first-chunk", STREAM)
    got = await seen("truncated-first-chunk", STREAM)
    assert (got.body[:7], b"\n" in got.body, is_whole(raw)) == (b"data: {", False, True)
    assert (await seen("truncated-first-chunk", HELLO)).body == b'{"id":"c'


async def test_the_last_json_may_be_cut() -> None:
    got = await seen("truncated-json", STREAM)
    parts = got.body.split(b"\n\n")
    assert (len(parts), parts[-1][:7]) == (EVENTS - 1, b"data: {")
    plain = await seen("truncated-json", HELLO)
    assert len(plain.body) == int(plain.header("content-length") or 0)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        plain.json()


def _unusual(got: Got, fault: str) -> Got:
    """The same answer in usual bytes."""
    body = got.body
    match fault:
        case "bom":
            body = body.removeprefix(b"\xef\xbb\xbf")
        case "crlf":
            body = body.replace(b"\r\n", b"\n")
        case "cr":
            body = body.replace(b"\r", b"\n")
        case "no-space":
            body = body.replace(b"data:", b"data: ")
        case "event-fields":
            body = body.replace(b"event: message\nid: 7\nretry: 1000\nx-unknown: yes\n", b"")
        case "multiline-data":
            body = (
                body.replace(b"\ndata: ", b"\n").replace(b"\n\n{", b"\n\ndata: {").replace(b"\n\n[D", b"\n\ndata: [D")
            )
        case "comments":
            body = body.replace(b": keep-alive\n\n", b"")
    assert body != got.body
    return Got(got.status, got.headers, body)


@pytest.mark.parametrize("fault", ["bom", "crlf", "cr", "no-space", "event-fields", "multiline-data", "comments"])
async def test_the_same_events_in_other_bytes(fault: str) -> None:
    events = _unusual(await seen(fault, STREAM), fault).events()
    assert (len(events), _content(events), events[-1]) == (EVENTS, SAID, "[DONE]")


@pytest.mark.parametrize("fault", ["crlf", "cr", "no-space", "event-fields", "multiline-data", "comments"])
async def test_a_plain_body_stays_valid(fault: str) -> None:
    assert await _plain_is_healthy(fault)


async def test_a_plain_body_may_begin_with_a_byte_order_mark() -> None:
    assert (await seen("bom", HELLO)).body.startswith(b"\xef\xbb\xbf{")


async def test_comments_come_before_the_first_event() -> None:
    body = (await seen("comments=5", STREAM)).body
    assert body.startswith(b": keep-alive\n\n" * 5 + b"data: ")
    assert (await seen("comments=5", HELLO)).body.startswith(b"\n" * 5 + b"{")


async def test_characters_are_torn_and_survive() -> None:
    async with DemoUpstream(DemoSettings(fault="split-utf8")) as upstream, connected(upstream) as raw:
        await raw.send(post(STREAM, "connection: close"))
        pieces = [piece async for piece in raw.pieces(1)]
    assert any(piece.endswith((b"\xe4", b"\xf0")) for piece in pieces)
    body = (await seen("split-utf8", STREAM)).body
    assert b'"content":"\\ud83d"}' in body
    assert b'"content":"\\ude00"}' in body
    joined = _content((await seen("split-utf8", STREAM)).events()).encode("utf-16", "surrogatepass").decode("utf-16")
    assert joined == "中😀😀" + SAID
    plain = (await seen("split-utf8", HELLO)).json()
    assert plain["choices"][0]["message"]["content"] == "中😀😀" + SAID
