"""One request and its answer on a connection, as ASGI sees them."""

import asyncio
import logging
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, Protocol

import msgspec
from uvicorn.server import ServerState

log = logging.getLogger(__name__)

_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_BODILESS: Final = frozenset({204, 304})
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_FAILED: Final = {"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]}
_LAST: Final = {"type": "http.response.body"}

Scope = dict[str, Any]
Message = dict[str, Any]
HeaderList = list[tuple[bytes, bytes]]


class Line(Protocol):
    """What an exchange wants of its connection. `blocked` is done when the transport takes bytes again."""

    transport: asyncio.Transport
    state: ServerState
    lost: bool
    blocked: asyncio.Future[None] | None

    def taken(self) -> None: ...

    def ended(self, exchange: "Exchange") -> None: ...


class Exchange(msgspec.Struct, eq=False):
    """`parts` is what came of the body and was not yet received; `complete`: no more will come.

    Answers' headers are trusted to be well formed: they are constants and ids of our own. The head leaves together with
    the first of the body.
    """

    line: Line
    scope: Scope
    keep_alive: bool
    parts: list[bytes] = []
    complete: bool = False
    started: bool = False
    done: bool = False
    task: asyncio.Task[None] | None = None
    waiter: asyncio.Future[None] | None = None
    given: bool = False  # whether the application has all of the body
    asked: bool = False  # for the body: a caller who waits for that hears it once
    chunked: bool = False
    head: bytes = b""

    async def run(self, app: Any, tasks: set[asyncio.Task[None]]) -> None:  # noqa: ANN401 - an ASGI application
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("the application failed")
        except BaseException:  # the server's drain time is over
            self.line.transport.abort()
            raise
        finally:
            tasks.discard(self.task)
        if not self.done and not self.line.lost:
            await self._give_up()

    async def receive(self) -> Message:
        if self.given or not (self.parts or self.complete):
            await self._wait()
        if self.line.lost or self.done or self.given:
            return {"type": "http.disconnect"}
        parts = self.parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self.parts = []
        self.given = self.complete
        if not self.complete:
            self.line.taken()
        return {"type": "http.request", "body": body, "more_body": not self.complete}

    async def send(self, message: Message) -> None:
        line = self.line
        if line.blocked is not None:
            await asyncio.shield(line.blocked)  # it is the connection's: who is cancelled here must not cancel it
        if line.lost or self.done:  # a late byte would stand in the next answer
            return
        if not self.started:
            self._begin(message["status"], message["headers"])
            return
        data = message.get("body", b"")
        more = message.get("more_body", False)
        if self.chunked:
            data = _chunk(data, last=not more)
        elif self.scope["method"] == "HEAD":
            data = b""
        if self.head:
            data = self.head + data
            self.head = b""
        line.transport.write(data)
        if not more:
            self.done = True
            line.ended(self)

    def take(self) -> bytes | None:
        """What the body has left, if all of it has come."""
        if not self.complete or self.given or self.done or self.line.lost:
            return None
        parts = self.parts
        self.parts = []
        self.given = True
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def answer(self, status: int, headers: HeaderList, body: bytes) -> bool:
        """All of it at once. False, and nothing is sent, if that would have to wait, or is too late."""
        line = self.line
        if line.blocked is not None or line.lost or self.started:
            return False
        self._begin(status, headers)
        if self.chunked:
            body = _chunk(body, last=True)
        elif self.scope["method"] == "HEAD":
            body = b""
        line.transport.write(self.head + body)
        self.done = True
        line.ended(self)
        return True

    def wake(self) -> None:
        """More of the body has come, or nothing ever will."""
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            if not waiter.done():
                waiter.set_result(None)

    async def _wait(self) -> None:
        if self.line.lost or self.done:
            return
        if not (self.started or self.given or self.asked):
            self.asked = True
            if self._is_awaited():
                self.line.transport.write(_CONTINUE)
        self.waiter = asyncio.get_running_loop().create_future()
        await self.waiter

    def _is_awaited(self) -> bool:
        """Whether the caller waits for a word before it sends the body (RFC 9110, 10.1.1: never in HTTP/1.0)."""
        return self.scope["http_version"] == "1.1" and any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self.scope["headers"]
        )

    def _begin(self, status: int, headers: HeaderList) -> None:
        self.started = True
        if not self.complete:  # what is still to come of the body is not worth reading
            self.keep_alive = False
        names, values = zip(*self.line.state.default_headers, *headers, strict=True)
        form, chunked, self.keep_alive = _form(status, names, self.scope["http_version"], self.keep_alive)
        self.chunked = chunked and self.scope["method"] != "HEAD"
        self.head = form % values

    async def _give_up(self) -> None:
        """The application left the caller without an answer, or in the middle of one."""
        if self.started:
            self.line.transport.abort()
            return
        self.keep_alive = False
        await self.send(_FAILED)
        await self.send(_LAST)


@lru_cache(maxsize=256)
def _form(status: int, names: tuple[bytes, ...], version: str, keep_alive: bool) -> tuple[bytes, bool, bool]:
    """A head with gaps for the values; whether the body goes in chunks, and whether the connection is kept after it."""
    lines = [_STATUS[status], *(b"%b: %%b\r\n" % name for name in names)]
    chunked = status not in _BODILESS and version == "1.1" and b"content-length" not in names
    if chunked:
        lines.append(b"transfer-encoding: chunked\r\n")
    if b"connection" in names:  # only ever "close"
        keep_alive = False
    elif not keep_alive:
        lines.append(b"connection: close\r\n")
    return b"".join((*lines, b"\r\n")), chunked, keep_alive


def _chunk(data: bytes, *, last: bool) -> bytes:
    end = b"0\r\n\r\n" if last else b""
    return b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end
