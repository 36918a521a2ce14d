"""A model vendor that costs next to nothing: every answer is bytes built beforehand.

Any POST is a chat call. A plain one gets a small completion with usage; a stream gets its chunks one write
at a time, so that none of them travel together unless somebody on the way lets them pile up. `GET
/pace/MILLISECONDS` sets the gap between chunks for the streams that start after it; other GETs answer 204.
Run: `python -m bench.upstream --port PORT [--chunks N]`.
"""

import argparse
import asyncio
import contextlib
import json
import re
from dataclasses import dataclass

import httptools
import uvloop

_MODEL = "gpt-4o-2024-08-06"
_STREAM = re.compile(rb'"stream"\s*:\s*true')
_USAGE = re.compile(rb'"include_usage"\s*:\s*true')
_PACE = re.compile(rb"/pace/(\d+)")
_ID = "chatcmpl-bench00000000000000000000"
_CREATED = 1_767_225_600
_PROMPT_TOKENS = 230  # what a body of one kilobyte of English comes to
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def plain_body() -> bytes:
    """A completion of about 400 bytes, as the vendor would send it."""
    message = {"role": "assistant", "content": "The relay counted every token.", "refusal": None}
    reply = {
        "id": _ID,
        "object": "chat.completion",
        "created": _CREATED,
        "model": _MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": _usage(8),
        "system_fingerprint": "fp_bench",
    }
    return json.dumps(reply, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Script:
    """A stream's writes in order: each is one event in one HTTP chunk, the last one closes the body."""

    with_usage: tuple[bytes, ...]
    without_usage: tuple[bytes, ...]

    @classmethod
    def of(cls, chunks: int) -> "Script":
        """`chunks` writes, at least two: the opening, the words, and the close with all that belongs to it."""
        return cls(_writes(chunks, with_usage=True), _writes(chunks, with_usage=False))


@dataclass(slots=True)
class Pace:
    gap_s: float = 0.0


class Vendor(asyncio.Protocol):
    """One caller's connection."""

    def __init__(self, script: Script, pace: Pace) -> None:
        self._script = script
        self._pace = pace
        self._parser = httptools.HttpRequestParser(self)
        self._transport = asyncio.Transport()
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class, with a Transport's methods

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_message_begin(self) -> None:
        self._url = self._body = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._parser.get_method() != b"POST":
            self._set_pace()
        elif _STREAM.search(self._body):
            self._stream()
        else:
            self._transport.write(_PLAIN)

    def _set_pace(self) -> None:
        if found := _PACE.match(self._url):
            self._pace.gap_s = int(found[1]) / 1000
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    def _stream(self) -> None:
        writes = self._script.with_usage if _USAGE.search(self._body) else self._script.without_usage
        loop = asyncio.get_running_loop()
        started, gap_s, transport = loop.time(), self._pace.gap_s, self._transport

        def write(number: int) -> None:
            if transport.is_closing():
                return
            transport.write(writes[number])
            if number + 1 == len(writes):
                return
            if gap_s:
                loop.call_at(started + (number + 1) * gap_s, write, number + 1)
            else:
                loop.call_soon(write, number + 1)

        write(0)


async def serve(port: int, chunks: int) -> asyncio.Server:
    script, pace = Script.of(chunks), Pace()
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Vendor(script, pace), "127.0.0.1", port, backlog=1024)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upstream")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chunks", type=int, default=100)
    arguments = parser.parse_args()

    async def forever() -> None:
        server = await serve(arguments.port, arguments.chunks)
        await server.serve_forever()

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(forever())


def _usage(completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": _PROMPT_TOKENS,
        "completion_tokens": completion_tokens,
        "total_tokens": _PROMPT_TOKENS + completion_tokens,
    }


def _writes(chunks: int, *, with_usage: bool) -> tuple[bytes, ...]:
    nothing: dict[str, object] = {"usage": None} if with_usage else {}
    opening = _STREAM_HEAD + _delta({"role": "assistant", "content": ""}, None, nothing)
    words = [_delta({"content": f" word{number}"}, None, nothing) for number in range(chunks - 2)]
    usage = _chunk([], {"usage": _usage(chunks - 2)}) if with_usage else b""
    closing = _delta({}, "stop", nothing) + usage + _framed(b"[DONE]") + b"0\r\n\r\n"
    return (opening, *words, closing)


def _delta(delta: dict[str, str], finish_reason: str | None, usage: dict[str, object]) -> bytes:
    return _chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}], usage)


def _chunk(choices: list[dict[str, object]], usage: dict[str, object]) -> bytes:
    chunk = {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": _MODEL,
        "system_fingerprint": "fp_bench",
        "choices": choices,
        **usage,
    }
    return _framed(json.dumps(chunk, separators=(",", ":")).encode())


def _framed(payload: bytes) -> bytes:
    event = b"data: " + payload + b"\n\n"
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


_PLAIN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    + f"Content-Length: {len(plain_body())}\r\n\r\n".encode()
    + plain_body()
)

if __name__ == "__main__":
    main()
