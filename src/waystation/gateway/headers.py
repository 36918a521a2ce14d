"""The headers of answers, and the few of requests that the gateway reads."""

from typing import Final

from waystation.dialects.codec import Codec
from waystation.gateway.asgi import HeaderList, Scope
from waystation.wire.errors import MethodNotAllowed, WaystationError
from waystation.wire.loss import Loss

LOSSES: Final = b"x-waystation-losses"
EXPLAIN: Final = b"x-waystation-explain"
ROUTE: Final = b"x-waystation-route"
_LOSSES_BYTES_MAX: Final = 2_000  # many servers and proxies refuse a header of 8 KB

# Browsers may call the data plane from anywhere: tokens travel in headers, never in cookies, so nothing can be stolen.
CORS: Final[HeaderList] = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"x-request-id, request-id, retry-after, x-should-retry, x-waystation-losses, x-waystation-route, "
            b"idempotent-replayed"
        ),
    ),
]
PREFLIGHT: Final[HeaderList] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, DELETE, OPTIONS"),
    (b"access-control-max-age", b"86400"),
    (b"vary", b"access-control-request-headers"),
]
REPLAYED: Final = (b"idempotent-replayed", b"true")
_JSON: Final = (b"content-type", b"application/json")
_SSE_TYPE: Final = (b"content-type", b"text/event-stream; charset=utf-8")
# A proxy that buffers or compresses would hold events back.
_UNBUFFERED: Final[HeaderList] = [
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    *CORS,
]


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers by name; of a repeated one the last."""
    return dict(scope["headers"])


def forwarded_for(scope: Scope) -> bytes | None:
    """All of the header, which may come in several lines; None if there is none."""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(lines) if lines else None


def json_head(ids: HeaderList, body_bytes: int) -> HeaderList:
    return [_JSON, (b"content-length", b"%d" % body_bytes), *ids, *CORS]


def stream_head(ids: HeaderList, *, array: bool) -> HeaderList:
    """`array`: the stream is one JSON array (Gemini without alt=sse), not server-sent events."""
    return [_JSON if array else _SSE_TYPE, *_UNBUFFERED, *ids]


def ids_head(request_id: str, codec: Codec) -> HeaderList:
    """The call's id where SDKs look for it: anthropic's knows it by another name than the rest."""
    value = request_id.encode()
    if codec.dialect == "anthropic.messages":
        return [(b"x-request-id", value), (b"request-id", value)]
    return [(b"x-request-id", value)]


def losses_head(losses: tuple[Loss, ...]) -> HeaderList:
    """What was lost: "field: reason", separated by semicolons, grave ones marked with an exclamation mark."""
    told = "; ".join(f"{'!' * loss.grave}{loss.field}: {loss.reason}" for loss in losses)
    return [(LOSSES, told.encode("ascii", "replace")[:_LOSSES_BYTES_MAX])]


def error_head(error: WaystationError) -> HeaderList:
    """SDKs retry 429 and 5xx by themselves: what can't succeed is said to be final (openai and anthropic SDKs obey)."""
    head: HeaderList = []
    if not error.retry:
        head.append((b"x-should-retry", b"false"))
    if error.retry_after_s is not None:
        head.append((b"retry-after", b"%d" % max(1, round(error.retry_after_s))))
    if isinstance(error, MethodNotAllowed):
        head.append((b"allow", error.allow.encode()))
    return head


def preflight_head(scope: Scope) -> HeaderList:
    """Every header that the browser asks for is allowed: clients send their own (x-stainless-*, http-referer)."""
    asked = next((value for name, value in scope["headers"] if name == b"access-control-request-headers"), b"*")
    return [*PREFLIGHT, (b"access-control-allow-headers", asked)]
