"""Stored responses, asked for by their id: shown, listed, cancelled, deleted; here, or at the vendor that has them."""

from typing import Final, Literal
from urllib.parse import quote

import msgspec

from waystation.dialects.codec import Codec
from waystation.ports import Clock, Inbound, Outbound, Store, Transport
from waystation.relay.attempt import ANSWER_BYTES_MAX
from waystation.relay.board import Board
from waystation.relay.scrub import scrub
from waystation.routing.route import Route
from waystation.wire.catalogue import Organization, UpstreamKey
from waystation.wire.errors import BadRequest, NoRoute, ResponseNotFound, VendorFailure, VendorRefusal
from waystation.wire.headers import Headers
from waystation.wire.stored import StoredResponse

Wish = Literal["show", "delete", "cancel", "list"]

_METHODS: Final[dict[Wish, tuple[str, str]]] = {
    "show": ("GET", ""),
    "delete": ("DELETE", ""),
    "cancel": ("POST", "/cancel"),
    "list": ("GET", "/input_items"),
}
_HEADERS: Final[Headers] = ((b"content-type", b"application/json"), (b"accept", b"application/json"))


class Shelf:
    """`codec` is the language that has stored responses."""

    __slots__ = ("_clock", "_codec", "_store", "_transport")

    def __init__(self, store: Store, transport: Transport, codec: Codec, clock: Clock) -> None:
        self._store = store
        self._transport = transport
        self._codec = codec
        self._clock = clock

    async def ask(self, wish: Wish, board: Board, organization: Organization, response_id: str, query: str) -> bytes:
        """The answer's body. Raises: ResponseNotFound, BadRequest, UpstreamError."""
        found = await self._store.find_response(organization.id, response_id, at=self._clock.now())
        if found is None:
            raise ResponseNotFound(f"No response {response_id[:64]!r} is kept here.", param="response_id")
        kept_here = found.upstream_id is None
        body = _answer(wish, found) if kept_here else await self._ask_vendor(wish, board, found, query)
        if wish == "delete":
            await self._store.drop_response(organization.id, response_id)
        return body

    async def _ask_vendor(self, wish: Wish, board: Board, stored: StoredResponse, query: str) -> bytes:
        route, key = self._place(board, stored)
        method, suffix = _METHODS[wish]
        base, headers = route.vendor.paths[self._codec.dialect], (*_HEADERS, *route.vendor.sign(key.secret))
        if route.rules is not None:
            base = route.rules.path(route.rules.template(self._codec.dialect, base))
            headers = route.rules.headers(headers)
        path, _, fixed = base.partition("?")
        asked = "&".join(filter(None, (fixed, query)))
        target = f"{path}/{quote(stored.vendor_response_id or '', safe='')}{suffix}{'?' * bool(asked)}{asked}"
        request = Outbound(route.endpoint, method, target, headers, b"", route.upstream.timeouts)
        inbound = await self._transport.send(request)
        try:
            return await self._read(inbound, route, key, stored)
        finally:
            inbound.close()

    async def _read(self, inbound: Inbound, route: Route, key: UpstreamKey, stored: StoredResponse) -> bytes:
        body = await inbound.read(ANSWER_BYTES_MAX)
        if 200 <= inbound.status < 300:
            return body
        if inbound.status == 404:
            raise ResponseNotFound(f"The response {stored.id!r} is no longer kept by its vendor.", param="response_id")
        complaint = self._codec.complaint(body)
        if inbound.status in {400, 409, 422}:
            more = () if route.rules is None else route.rules.secrets
            message = scrub(complaint.message, secret=key.secret, host=route.endpoint.host, more=more)
            raise VendorRefusal(
                message or "The model's vendor refused the request.",
                status=inbound.status,
                type_=complaint.type or "invalid_request_error",
                code=complaint.code,
            )
        raise VendorFailure(f"the vendor answered {inbound.status}", vendor_code=complaint.code)

    def _place(self, board: Board, stored: StoredResponse) -> tuple[Route, UpstreamKey]:
        """Where the vendor keeps it. Raises: NoRoute if that upstream or its key is no longer set up."""
        served = board.served.get(stored.model)
        for route in () if served is None else (route for tier in served.tiers for route in tier):
            if route.upstream.id == stored.upstream_id and self._codec.dialect in route.vendor.paths:
                for key in route.upstream.keys:
                    if key.fingerprint == stored.key_fingerprint:
                        return route, key
        raise NoRoute(f"the upstream or key that keeps {stored.id} is no longer set up")


def _answer(wish: Wish, stored: StoredResponse) -> bytes:
    """What a vendor that keeps responses would say of one that is kept here."""
    match wish:
        case "show":
            return stored.body or b"{}"
        case "delete":
            return msgspec.json.encode({"id": stored.id, "object": "response", "deleted": True})
        case "list":
            items = msgspec.json.decode(stored.input_items or b"[]", type=list[msgspec.Raw])
            page = {"object": "list", "data": items[::-1], "has_more": False, "first_id": None, "last_id": None}
            return msgspec.json.encode(page)
        case _:
            raise BadRequest("Only a response that was created with 'background' can be cancelled.")
