"""One try at one upstream with one key: an answer that is known to be good, or why not."""

from typing import Final

import msgspec

from waystation import __version__
from waystation.dialects.bridge import Bridge
from waystation.dialects.codec import Complaint, StreamReader
from waystation.keys.pool import Lease
from waystation.ports import Inbound, Outbound, Transport
from waystation.relay.call import Call
from waystation.relay.scrub import scrub
from waystation.relay.tally import Tally
from waystation.routing.route import Route
from waystation.routing.rules import Rules
from waystation.vendors.vendor import Refusal
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import BadAnswer, Truncated, UpstreamError, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.headers import Headers

ERROR_BODY_BYTES_MAX: Final = 64 * 1024
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024  # base64 audio and images come in plain answers
REQUEST_ID_MAX: Final = 200


class Declined(UpstreamError):
    """The vendor answered with an HTTP error. Its words stay here until the blame is known."""

    def __init__(
        self,
        refusal: Refusal,
        complaint: Complaint,
        retry_after: bytes | None,
        retry_after_ms: bytes | None = None,
    ) -> None:
        super().__init__(f"the vendor answered {refusal.status} {refusal.code or refusal.type or ''}".rstrip())
        self.vendor_status = refusal.status
        self.refusal = refusal
        self.complaint = complaint
        self.retry_after = retry_after
        self.retry_after_ms = retry_after_ms


class PlainAnswer(msgspec.Struct, frozen=True):
    body: bytes


class StreamAnswer(msgspec.Struct, frozen=True):
    """A stream whose first event was seen to be good; `head` is what of it may go out now."""

    inbound: Inbound
    reader: StreamReader
    head: bytes


Answer = PlainAnswer | StreamAnswer

_HEADERS: Final[Headers] = (
    (b"content-type", b"application/json"),
    (b"user-agent", f"waystation/{__version__}".encode()),
)
_PLAIN_HEADERS: Final[Headers] = (*_HEADERS, (b"accept", b"application/json"))
_STREAM_HEADERS: Final[Headers] = (*_HEADERS, (b"accept", b"text/event-stream"))


class Attempter:
    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def run(self, call: Call, route: Route, bridge: Bridge, lease: Lease, began: float, tally: Tally) -> Answer:
        """`began` is monotonic. Raises: UpstreamError; Declined among them carries the vendor's refusal."""
        outbound = _outbound(call, route, bridge, lease, call.deadline - began)
        waiting = tally.monotonic()
        inbound: Inbound | None = None
        try:
            inbound = await self._transport.send(outbound)
            tally.vendor_request_id, tally.vendor_headers = _request_id(route, inbound), inbound.headers
            if not 200 <= inbound.status < 300:
                await _raise_declined(bridge, route, lease, inbound)
            if call.ask.stream:
                return await _open_stream(bridge, inbound, tally)
            return await _read_plain(bridge, inbound, tally)
        except BaseException:
            if inbound is not None:
                inbound.close()
            raise
        finally:
            tally.waited_s += tally.monotonic() - waiting


def _outbound(call: Call, route: Route, bridge: Bridge, lease: Lease, left_s: float) -> Outbound:
    codec, vendor, timeouts = bridge.vendor, route.vendor, route.upstream.timeouts
    if left_s < timeouts.total_s:
        timeouts = msgspec.structs.replace(timeouts, total_s=max(left_s, 0.001))
    headers = (
        *(_STREAM_HEADERS if call.ask.stream else _PLAIN_HEADERS),
        (b"x-client-request-id", call.call_id.encode()),
        *_signed(call, bridge, vendor.sign(lease.key.secret)),
    )
    rules = route.rules
    if rules is not None:
        return _overridden(call, route, rules, bridge, headers, timeouts)
    path = codec.vendor_path(vendor.paths[codec.dialect], route.model, stream=call.ask.stream)
    return Outbound(route.endpoint, "POST", path, headers, bridge.body, timeouts)


def _overridden(
    call: Call, route: Route, rules: Rules, bridge: Bridge, headers: Headers, timeouts: Timeouts
) -> Outbound:
    """As the operator wants this upstream to be asked. Raises: BadRequest for a body that can't be taken apart."""
    codec, stream = bridge.vendor, call.ask.stream
    template = rules.template(codec.dialect, route.vendor.paths[codec.dialect])
    return Outbound(
        route.endpoint,
        "POST",
        rules.path(codec.vendor_path(template, route.model, stream=stream)),
        rules.headers(headers, call.passed),
        rules.body(bridge.body, stream=stream),
        timeouts,
    )


def _signed(call: Call, bridge: Bridge, signature: Headers) -> Headers:
    """The signature, and what a vendor of the caller's own language is told by it in headers: that comes first."""
    if not call.forwarded or bridge.vendor is not call.codec:
        return signature
    names = {name for name, _ in call.forwarded}
    return (*call.forwarded, *(header for header in signature if header[0] not in names))


def _request_id(route: Route, inbound: Inbound) -> str | None:
    for name in route.vendor.request_id:
        value = inbound.header(name)
        if value:
            return value[:REQUEST_ID_MAX].decode("latin-1")
    return None


async def _raise_declined(bridge: Bridge, route: Route, lease: Lease, inbound: Inbound) -> None:
    body = await inbound.read(ERROR_BODY_BYTES_MAX)
    inbound.close()
    complaint = bridge.vendor.complaint(body)
    more = () if route.rules is None else route.rules.secrets
    clean = scrub(complaint.message, secret=lease.key.secret, host=route.endpoint.host, more=more)
    raise Declined(
        Refusal(inbound.status, complaint.code, complaint.type),
        msgspec.structs.replace(complaint, message=clean),
        inbound.header(b"retry-after"),
        inbound.header(b"retry-after-ms"),
    )


async def _read_plain(bridge: Bridge, inbound: Inbound, tally: Tally) -> PlainAnswer:
    _expect(inbound, b"json")
    body = await inbound.read(ANSWER_BYTES_MAX)
    inbound.close()
    body, facts = bridge.reply(body)
    tally.heard, tally.delivered = facts.usage, facts.weight
    tally.response_model, tally.finish_reasons = facts.response_model, facts.finish_reasons
    return PlainAnswer(body)


async def _open_stream(bridge: Bridge, inbound: Inbound, tally: Tally) -> StreamAnswer:
    if b"json" in (inbound.header(b"content-type") or b""):
        await _raise_unstreamed(bridge, inbound)
    _expect(inbound, b"text/event-stream")
    reader = bridge.reader()
    head = b""
    while not reader.started:
        data = await inbound.chunk()
        if not data:
            raise Truncated("the stream ended before its first event")
        head += reader.feed(data)
    tally.delivered = Weight()
    return StreamAnswer(inbound, reader, head)


async def _raise_unstreamed(bridge: Bridge, inbound: Inbound) -> None:
    """A stream was asked for and JSON came: some vendors put their error into a 200."""
    body = await inbound.read(ERROR_BODY_BYTES_MAX)
    complaint = bridge.vendor.complaint(body)
    raise VendorFailure("a stream was asked for and JSON came", vendor_code=complaint.code, vendor_type=complaint.type)


def _expect(inbound: Inbound, kind: bytes) -> None:
    content_type = (inbound.header(b"content-type") or b"").lower()
    if kind not in content_type:
        raise BadAnswer(f"content type {content_type[:80]!r} where {kind.decode()} was due")
