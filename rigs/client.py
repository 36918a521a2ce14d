"""A caller that knows exactly what it has seen of an answer: whole, or cut off anywhere."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Seen:
    """One call as its caller saw it. `complete` only if the answer came whole, to its last byte."""

    call_id: str | None = None
    status: int = 0
    complete: bool = False
    usage: dict[str, Any] | None = None
    error: str | None = None
    message: str | None = None
    text: list[str] = field(default_factory=list)


async def ask(
    port: int, token: str, request: dict[str, Any], *, timeout_s: float = 30.0, key: str | None = None
) -> Seen:
    """One call over a connection of its own. Never raises for what the network or the server does.

    `key` is sent as Idempotency-Key.
    """
    seen = Seen()
    try:
        async with asyncio.timeout(timeout_s):
            await _ask(port, token, request, seen, f"Idempotency-Key: {key}\r\n" if key else "")
    except (OSError, EOFError, TimeoutError, ValueError) as error:
        seen.error = type(error).__name__
    return seen


async def _ask(port: int, token: str, request: dict[str, Any], seen: Seen, more: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = json.dumps(request, ensure_ascii=False).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\n{more}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        headers = await _read_head(reader, seen)
        if headers.get("transfer-encoding") == "chunked":
            await _read_stream(reader, seen)
        else:
            _read_whole(await reader.readexactly(int(headers["content-length"])), seen)
    finally:
        writer.close()


async def _read_head(reader: asyncio.StreamReader, seen: Seen) -> dict[str, str]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    seen.status = int(lines[0].split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    seen.call_id = headers.get("x-request-id")
    return headers


def _read_whole(body: bytes, seen: Seen) -> None:
    answer = json.loads(body)
    seen.usage = answer.get("usage")
    seen.message = answer.get("error", {}).get("message")
    seen.complete = seen.status == 200


async def _read_stream(reader: asyncio.StreamReader, seen: Seen) -> None:
    events = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        events += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    for data in _data(events.decode()):
        if data == "[DONE]":
            seen.complete = True
        else:
            _note(json.loads(data), seen)


def _data(events: str) -> Iterator[str]:
    """What each event says, in any of the forms that server-sent events have."""
    text = events.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for event in text.split("\n\n"):
        lines = [line.removeprefix("data:").removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        if lines:
            yield "\n".join(lines)


def _note(event: dict[str, Any], seen: Seen) -> None:
    seen.usage = event.get("usage") or seen.usage
    if "error" in event:
        seen.error = event["error"]["code"]
    for choice in event.get("choices", ()):
        seen.text.append(choice.get("delta", {}).get("content") or "")
