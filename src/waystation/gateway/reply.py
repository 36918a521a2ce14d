"""The caller's end of a call, over ASGI."""

from collections.abc import Callable
from contextlib import suppress

from waystation.dialects.codec import Codec
from waystation.gateway.asgi import Connection, HeaderList, Send
from waystation.gateway.headers import json_head, sse_head
from waystation.wire.errors import CallerGone, WaystationError


class AsgiReply:
    """Implements `relay.call.Reply`.

    `streaming`: a stream was asked for, so silence may be broken; `touched` is when something was last sent (monotonic
    seconds), `sending` whether that still waits for the caller to read.
    """

    __slots__ = (
        "_codec",
        "_connection",
        "_monotonic",
        "_request_id",
        "_send",
        "body_read",
        "ended",
        "sending",
        "started",
        "streaming",
        "touched",
    )

    def __init__(
        self, codec: Codec, send: Send, connection: Connection, request_id: str, monotonic: Callable[[], float]
    ) -> None:
        self._codec = codec
        self._send = send
        self._connection = connection
        self._request_id = request_id.encode()
        self._monotonic = monotonic
        self.started = False
        self.ended = False
        self.streaming = False
        self.body_read = False
        self.sending = False
        self.touched = monotonic()

    @property
    def gone(self) -> bool:
        return self._connection.lost

    def on_gone(self, react: Callable[[], None]) -> None:
        if self._connection.lost:
            react()
        else:
            self._connection.react = react

    async def answer(self, body: bytes) -> None:
        await self._whole(200, json_head(self._request_id, len(body)), body)

    async def stream(self, data: bytes) -> None:
        if not self.started:
            await self._start_stream()
        await self._body(data, more=True)

    async def finish(self, data: bytes) -> None:
        if not self.started:
            await self._start_stream()
        await self._body(data, more=False)

    async def refuse(self, error: WaystationError) -> None:
        """Tell of an error: as a status while nothing was sent, else as an event in the dialect's own form."""
        if self.ended:  # the caller has a whole answer: what failed is our own business
            return
        with suppress(CallerGone):
            if self.started:
                await self._body(self._codec.fail(error), more=False)
                return
            body = self._codec.error(error)
            head = json_head(self._request_id, len(body)) + _retry_head(error)
            if not self.body_read:  # and it is not worth reading now
                head.append((b"connection", b"close"))
            await self._whole(error.public_status, head, body)

    async def keep_alive(self) -> None:
        """Say that we are still there: proxies on the way cut what is silent for a minute."""
        with suppress(CallerGone):
            await self.stream(self._codec.keep_alive)

    def abort(self) -> None:
        """Drop a caller who does not read: what waits to be sent to it is given up, and the call goes on as hung up."""
        self._connection.abort()

    async def _start_stream(self) -> None:
        self.started = True
        await self._send({"type": "http.response.start", "status": 200, "headers": sse_head(self._request_id)})

    async def _whole(self, status: int, head: HeaderList, body: bytes) -> None:
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": head})
        await self._body(body, more=False)

    async def _body(self, data: bytes, *, more: bool) -> None:
        if self._connection.lost:
            raise CallerGone("the caller hung up")
        self.sending = True
        self.ended = not more
        self.touched = self._monotonic()
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self.sending = False


def _retry_head(error: WaystationError) -> HeaderList:
    """SDKs retry 429 and 5xx by themselves: what can't succeed is said to be final (openai and anthropic SDKs obey)."""
    head: HeaderList = []
    if not error.retry:
        head.append((b"x-should-retry", b"false"))
    if error.retry_after_s is not None:
        head.append((b"retry-after", b"%d" % max(1, round(error.retry_after_s))))
    return head
