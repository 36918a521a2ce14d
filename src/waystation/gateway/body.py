"""A request's body, whole and bounded."""

import asyncio
from typing import Final

from waystation.gateway.asgi import Connection, Receive
from waystation.wire.errors import BadRequest, CallerGone, RequestTooLarge

BODY_S: Final = 120.0  # 20 MB over a slow uplink; a caller that drips for longer holds a slot for nothing


def body_at_once(headers: dict[bytes, bytes], connection: Connection, *, bytes_max: int) -> bytes | None:
    """The body, if all of it has come, as most do together with their head. Raises: RequestTooLarge."""
    if b"content-encoding" in headers:
        return None
    body = connection.take()
    if body is not None and len(body) > bytes_max:
        raise _too_large(bytes_max)
    return body


async def read_body(headers: dict[bytes, bytes], receive: Receive, *, bytes_max: int) -> bytes:
    """Raises: RequestTooLarge before reading where the length is announced; BadRequest; CallerGone."""
    if b"content-encoding" in headers and headers[b"content-encoding"].lower() != b"identity":
        raise BadRequest("Request bodies must not be compressed: send the JSON without Content-Encoding.")
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > bytes_max:
        raise _too_large(bytes_max)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise CallerGone("the caller hung up while sending")
    if not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
        return body
    try:
        async with asyncio.timeout(BODY_S):
            return await _read_on(message.get("body", b""), receive, bytes_max)
    except TimeoutError as error:
        raise BadRequest(f"The request body did not arrive within {BODY_S:.0f} seconds.") from error


async def _read_on(first: bytes, receive: Receive, bytes_max: int) -> bytes:
    parts = [first]
    size = len(first)
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGone("the caller hung up while sending")
        part = message.get("body", b"")
        size += len(part)
        if size > bytes_max:
            raise _too_large(bytes_max)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(bytes_max: int) -> RequestTooLarge:
    return RequestTooLarge(f"The request body is larger than {bytes_max} bytes, the most that this gateway takes.")
