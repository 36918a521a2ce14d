"""One request and its answer, as the caller sees them."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from tests.adapters.http_server.sockets import (
    CLOSE,
    GET,
    STREAM,
    Message,
    answering,
    calling,
    echo,
    serving,
    talk,
    whole,
)
from tests.relay.world import until


async def test_what_comes_after_an_answers_end_does_not_spoil_the_next_one() -> None:
    async with serving(answering(*STREAM, STREAM[1])) as server:
        answer = await talk(server, GET + CLOSE)
    assert answer.count(b"0\r\n\r\n") == answer.count(b"HTTP/1.1 200 OK") == 2
    assert (answer.count(b"one"), answer.endswith(b"3\r\ntwo\r\n0\r\n\r\n")) == (2, True)


async def test_what_has_no_length_is_chunked() -> None:
    async with serving(answering(*STREAM)) as server:
        head, _, body = (await talk(server, CLOSE)).partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_an_old_client_gets_the_body_until_the_end_of_the_connection() -> None:
    async with serving(answering(*STREAM)) as server:
        head, _, body = (await talk(server, b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")).partition(b"\r\n\r\n")
    assert (b"chunked" in head, body) == (False, b"onetwo")


@pytest.mark.parametrize("messages", [whole(b"hi"), STREAM])
async def test_head_is_answered_without_a_body(messages: list[Message]) -> None:
    async with serving(answering(*messages)) as server:
        answer = await talk(server, CLOSE.replace(b"GET", b"HEAD"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


async def test_204_has_no_body_and_no_framing() -> None:
    async with serving(answering(*whole(b"", 204))) as server:
        answer = await talk(server, CLOSE)
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert (b"chunked" in answer, answer.endswith(b"\r\n\r\n")) == (False, True)


async def test_an_answer_may_close_the_connection() -> None:
    async with serving(answering(*whole(b"no", 401, (b"connection", b"close")))) as server:
        answer = await talk(server, GET)
    assert (answer.count(b"connection: close"), answer.endswith(b"no")) == (1, True)


@pytest.mark.parametrize(
    ("version", "expect", "continued"),
    [(b"1.1", b"100-continue", 1), (b"1.1", b"100-Continue", 1), (b"1.1", b"x", 0), (b"1.0", b"100-continue", 0)],
)
async def test_a_caller_who_waits_for_a_word_is_told_to_go_on_once(
    version: bytes, expect: bytes, continued: int
) -> None:
    head = b"POST /x HTTP/%b\r\nconnection: close\r\ncontent-length: 3\r\nexpect: %b\r\n\r\n" % (version, expect)
    async with serving(echo) as server, calling(server) as (reader, writer):
        writer.write(head)
        for byte in (b"a", b"b", b"c"):
            await asyncio.sleep(0.03)
            writer.write(byte)
        answer = await reader.read()
    assert (answer.count(b"100 Continue"), answer.endswith(b"/x  abc")) == (continued, True)


async def test_what_is_written_waits_for_a_caller_who_does_not_read() -> None:
    written = 0
    piece = {"type": "http.response.body", "body": b"x" * 65_536, "more_body": True}

    async def app(_scope: Message, _receive: object, send: Any) -> None:
        nonlocal written
        await send(STREAM[0])
        for _ in range(1000):
            await send(piece)
            written += 1
        await send(STREAM[-1])

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(CLOSE)
        before = -1
        while before != written or written == 0:  # until it is stuck
            before = written
            await asyncio.sleep(0.05)
        assert written < 900
        read = 0
        while data := await reader.read(1 << 20):
            read += len(data)
    assert (written, read > 65_536_000) == (1000, True)


async def test_an_application_that_fails_leaves_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    async def app(_scope: Message, _receive: object, _send: object) -> None:
        raise RuntimeError("oh")

    async with serving(app) as server:
        answer = await talk(server, GET)
    assert (answer.startswith(b"HTTP/1.1 500 "), b"connection: close" in answer) == (True, True)
    assert "the application failed" in caplog.text


async def test_an_application_that_stops_halfway_cuts_its_answer() -> None:
    async with serving(answering(*STREAM[:2])) as server, calling(server) as (reader, writer):
        writer.write(GET)
        with suppress(ConnectionResetError):
            assert (await reader.read()).endswith(b"one\r\n")


async def test_after_the_body_an_application_may_wait_for_the_end() -> None:
    heard: list[str] = []

    async def app(_scope: Message, receive: Any, _send: object) -> None:
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    async with serving(app) as server:
        async with calling(server) as (_, writer):
            writer.write(GET)
            await until(lambda: bool(heard))
        await until(lambda: len(heard) == 2)
    assert heard == ["http.request", "http.disconnect"]


async def test_what_came_with_the_head_is_taken_and_answered_at_once() -> None:
    taken: list[bytes | None] = []

    async def app(scope: Message, receive: Any, _send: object) -> None:
        line = scope["extensions"]["waystation.connection"]
        body = line.take()
        taken.extend((body, line.take()))
        assert line.answer(200, [(b"content-length", b"%d" % len(body))], body)
        assert (await receive())["type"] == "http.disconnect"

    post = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"
    async with serving(app) as server:
        answer = await talk(server, post + post.replace(b"hi", b"ho") + CLOSE)
    assert taken == [b"hi", None, b"ho", None, b"", None]
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"\r\n\r\nhi") < answer.index(b"\r\n\r\nho")


async def test_what_is_still_to_come_of_a_body_is_not_taken() -> None:
    taken: list[bytes | None] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        taken.append(scope["extensions"]["waystation.connection"].take())
        await echo(scope, receive, send)

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nhi")
        await until(lambda: taken == [None])
        writer.write(b"ho")
        assert (await reader.read()).endswith(b"hiho")


@pytest.mark.parametrize("method", [b"HEAD", b"GET"])
async def test_an_answer_at_once_is_framed_like_any_other(method: bytes) -> None:
    async def app(scope: Message, _receive: object, _send: object) -> None:
        assert scope["extensions"]["waystation.connection"].answer(200, [], b"two")

    async with serving(app) as server:
        _, _, body = (await talk(server, CLOSE.replace(b"GET", method))).partition(b"\r\n\r\n")
    assert body == (b"" if method == b"HEAD" else b"3\r\ntwo\r\n0\r\n\r\n")


async def test_nothing_is_answered_at_once_to_who_does_not_read_or_has_gone() -> None:
    said: list[bool] = []

    async def app(scope: Message, _receive: object, _send: object) -> None:
        line = scope["extensions"]["waystation.connection"]
        line.pause_writing()
        said.append(line.answer(200, [], b"x"))
        line.resume_writing()
        line.abort()
        said.extend((line.answer(200, [], b"x"), line.take() is None))

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(GET)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
    assert said == [False, False, True]
