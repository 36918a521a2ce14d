"""The caller's end of a call, over ASGI."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from waystation.dialects.codec import Codec
from waystation.gateway.asgi import Connection, HeaderList, Send
from waystation.gateway.headers import REPLAYED, ROUTE, error_head, ids_head, json_head, losses_head, stream_head
from waystation.gateway.rates import rates_head
from waystation.wire.errors import CallerGone, WaystationError
from waystation.wire.limit import Rates
from waystation.wire.loss import Loss

_BLANK: Final = b"\n"  # JSON may have it between any two words


class AsgiReply(msgspec.Struct, eq=False):
    """Implements `relay.call.Reply`.

    `array`: the stream is one JSON array; `begun`: some of it was sent, beyond what keeps the connection alive.
    `tells_losses`: the caller wants to know what was lost on the way to the vendor.
    `rates`: what was left of the limits above the call at `rated_at` (Unix seconds).
    `streaming`: a stream was asked for, so silence may be broken; `touched` is when something was last sent (monotonic
    seconds), `sending` whether that still waits for the caller to read.
    """

    codec: Codec
    transmit: Send
    connection: Connection
    request_id: str
    monotonic: Callable[[], float]
    touched: float
    started: bool = False
    ended: bool = False
    streaming: bool = False
    body_read: bool = False
    sending: bool = False
    array: bool = False
    begun: bool = False
    tells_losses: bool = False
    losses: tuple[Loss, ...] = ()
    replayed: bool = False
    rates: Rates | None = None
    rated_at: float = 0.0
    way: str | None = None

    @property
    def gone(self) -> bool:
        return self.connection.lost

    def on_gone(self, react: Callable[[], None]) -> None:
        if self.connection.lost:
            react()
        else:
            self.connection.react = react

    def replay(self, call_id: str) -> None:
        self.request_id, self.replayed = call_id, True

    def tell(self, losses: tuple[Loss, ...]) -> None:
        if self.tells_losses:
            self.losses = losses

    def show(self, way: str) -> None:
        self.way = way

    def rate(self, rates: Rates, at: float) -> None:
        self.rates, self.rated_at = rates, at

    async def answer(self, body: bytes) -> None:
        head = json_head(self._ids(), len(body))
        if self.losses:
            head += losses_head(self.losses)
        if not self._whole(200, head, body):
            await self._parts(200, head, body)

    async def stream(self, data: bytes) -> None:
        if not self.started:
            await self._start_stream()
        self.begun = True
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
                await self._body(self._failure(error), more=False)
                return
            body = self.codec.error(error)
            head = json_head(self._ids(), len(body)) + error_head(error)
            if not self.body_read:  # and it is not worth reading now
                head.append((b"connection", b"close"))
            if not self._whole(error.public_status, head, body):
                await self._parts(error.public_status, head, body)

    async def keep_alive(self) -> None:
        """Say that we are still there: proxies on the way cut what is silent for a minute."""
        with suppress(CallerGone):
            if not self.started:
                await self._start_stream()
            await self._body(_BLANK if self.array else self.codec.keep_alive, more=True)

    def abort(self) -> None:
        """Drop a caller who does not read: what waits to be sent to it is given up, and the call goes on as hung up."""
        self.connection.abort()

    def _failure(self, error: WaystationError) -> bytes:
        """In an array, the error is its last element."""
        if not self.array:
            return self.codec.fail(error)
        return (b"," if self.begun else b"[") + self.codec.error(error) + b"]"

    def _ids(self) -> HeaderList:
        ids = ids_head(self.request_id, self.codec)
        if self.rates is not None:
            ids += rates_head(self.rates, self.rated_at, self.codec.dialect)
        if self.way is not None:
            ids += [(ROUTE, self.way.encode())]
        return [*ids, REPLAYED] if self.replayed else ids

    async def _start_stream(self) -> None:
        if self.connection.lost:
            raise CallerGone("the caller hung up")
        self.started = self.sending = True
        self.touched = self.monotonic()
        head = stream_head(self._ids(), array=self.array)
        if self.losses:
            head += losses_head(self.losses)
        await self.transmit({"type": "http.response.start", "status": 200, "headers": head})

    def _whole(self, status: int, head: HeaderList, body: bytes) -> bool:
        """False if it can't be sent at once."""
        if self.started or not self.connection.answer(status, head, body):
            return False
        self.started = self.ended = True
        self.touched = self.monotonic()
        return True

    async def _parts(self, status: int, head: HeaderList, body: bytes) -> None:
        if self.connection.lost:
            raise CallerGone("the caller hung up")
        self.started = self.sending = True
        self.touched = self.monotonic()
        await self.transmit({"type": "http.response.start", "status": status, "headers": head})
        await self._body(body, more=False)

    async def _body(self, data: bytes, *, more: bool) -> None:
        self.sending = True
        self.ended = not more
        self.touched = self.monotonic()
        await self.transmit({"type": "http.response.body", "body": data, "more_body": more})
        self.sending = False
        if self.connection.lost:  # before, or while it waited: it was not sent
            raise CallerGone("the caller hung up")
