"""The ASGI application: a path leads to a codec, and so to a call; or to a page."""

import logging
from collections.abc import Awaitable, Callable

from waystation.dialects.codec import Codec, Place
from waystation.gateway.asgi import Receive, Scope, Send
from waystation.gateway.asked import ask_of
from waystation.gateway.auth import Gate
from waystation.gateway.body import body_at_once, read_body
from waystation.gateway.deadline import TIMEOUT, timeout_of
from waystation.gateway.headers import EXPLAIN, LOSSES, headers_of, preflight_head
from waystation.gateway.idempotency import KEY, repeat_of
from waystation.gateway.metrics import Metrics
from waystation.gateway.pages import Pages
from waystation.gateway.paths import Paths
from waystation.gateway.reply import AsgiReply
from waystation.gateway.watch import Watch
from waystation.identity.admission import admit_dialect
from waystation.ports import Clock
from waystation.relay.board import Board
from waystation.relay.call import NO_SESSION, Call
from waystation.relay.conversations import DIALECT, Conversations
from waystation.relay.repeats import Repeats
from waystation.routing.session import session_headers
from waystation.wire.errors import CallerGone, HouseError, MethodNotAllowed, Overloaded, WaystationError
from waystation.wire.headers import Headers

log = logging.getLogger(__name__)


class Gateway:
    """The data plane. `board` gives the newest board; each call takes one and keeps it."""

    def __init__(
        self,
        *,
        relay: Repeats,
        conversations: Conversations,
        board: Callable[[], Board],
        gate: Gate,
        paths: Paths,
        pages: Pages,
        clock: Clock,
        watch: Watch,
        metrics: Metrics,
        body_bytes_max: int,
        calls_max: int,
        call_total_s: float,
    ) -> None:
        self._relay = relay
        self._conversations = conversations
        self._board = board
        self._gate = gate
        self._paths = paths
        self._pages = pages
        self._clock = clock
        self._watch = watch
        self._metrics = metrics
        self._body_bytes_max = body_bytes_max
        self._calls_max = calls_max
        self._call_total_s = call_total_s

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        where = self._paths.find(scope["path"], scope["query_string"])
        if scope["method"] == "OPTIONS":
            return _preflight(scope, send)
        if where is None:
            return self._pages.show(scope, receive, send)
        return self._answer(*where, scope, receive, send)

    async def _answer(self, codec: Codec, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        """The gateway's edge: whatever goes wrong becomes an answer in the caller's dialect."""
        call_id = self._clock.new_id("call")
        connection = scope["extensions"]["waystation.connection"]
        began = self._clock.monotonic()
        reply = AsgiReply(codec, send, connection, call_id, self._clock.monotonic, began)
        self._watch.open.add(reply)
        try:
            await self._run(place, scope, receive, reply, began)
        except CallerGone:
            log.info("caller gone", extra={"call_id": call_id})
        except WaystationError as error:
            await self._refuse(reply, error, call_id)
        except Exception:
            log.exception("call failed by our own fault", extra={"call_id": call_id})
            await self._refuse(reply, HouseError("The gateway failed. The error is in its log."), call_id)
        finally:
            self._watch.open.discard(reply)

    async def _run(self, place: Place, scope: Scope, receive: Receive, reply: AsgiReply, began: float) -> None:
        codec = reply.codec
        if scope["method"] != "POST":
            raise MethodNotAllowed(scope["method"], "POST, OPTIONS")
        if len(self._watch.open) > self._calls_max:
            raise Overloaded("The gateway has as many calls under way as it takes.", retry_after_s=1)
        headers = headers_of(scope)
        board = self._board()
        at = self._clock.now()
        standing = self._gate.admit(scope, headers, board, at)
        token, organization = standing.token, standing.organization
        if token.dialects is not None:
            admit_dialect(token, codec.dialect)
        body = body_at_once(headers, reply.connection, bytes_max=self._body_bytes_max)
        if body is None:
            body = await read_body(headers, receive, bytes_max=self._body_bytes_max)
        reply.body_read = True
        repeat = repeat_of(headers, token, codec, place, body) if KEY in headers else None
        recalled = None
        if codec.dialect == DIALECT:
            recalled = await self._conversations.recall(organization, body, at)
            body = recalled.body
        ask, body = ask_of(codec, body, place)
        reply.streaming, reply.array = ask.stream, place.array
        reply.tells_losses = LOSSES in headers
        total_s = timeout_of(headers[TIMEOUT], self._call_total_s) if TIMEOUT in headers else self._call_total_s
        call = Call(
            reply.request_id,
            token,
            organization,
            board,
            codec,
            ask,
            body,
            at,
            began,
            began + total_s,  # up to here by place: of so many names Python would make a dict each time
            place=place,
            forwarded=_forwarded(codec, headers),
            bears_losses=headers.get(LOSSES) == b"accept",
            pin=None if recalled is None else recalled.pin,
            turn=None if recalled is None else recalled.turn,
            repeat=repeat,
            department_id=standing.department_id,
            passed=() if board.passed is None else _named(board.passed, headers),
            sessions=session_headers(headers) if board.sticky else NO_SESSION,
            explains=EXPLAIN in headers,
        )
        await self._relay.run(call, reply)

    async def _refuse(self, reply: AsgiReply, error: WaystationError, call_id: str) -> None:
        self._metrics.refuse(error.public_code or error.public_type)
        if error.public_status >= 500:
            log.warning("call failed", extra={"call_id": call_id, "error": str(error), "code": error.public_code})
        await reply.refuse(error)


async def _preflight(scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": preflight_head(scope)})
    await send({"type": "http.response.body"})


def _forwarded(codec: Codec, headers: dict[bytes, bytes]) -> Headers:
    """The headers that belong to the caller's language, byte for byte."""
    return _named(codec.headers, headers) if codec.headers else ()


def _named(names: tuple[bytes, ...], headers: dict[bytes, bytes]) -> Headers:
    return tuple((name, headers[name]) for name in names if name in headers)
