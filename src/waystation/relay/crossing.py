"""The way of one call over one route: the caller's own bytes where that will do, else through the hub."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Final

from waystation.dialects.bridge import Bridge, EmbeddingBridge, Tap, chat_bridge
from waystation.dialects.codec import Asked, ChatHub, Codec, EmbeddingHub, Target
from waystation.dialects.links import inlined, links_of
from waystation.dialects.seal import WRAPPED
from waystation.ports import Fetched, Fetcher
from waystation.relay.call import Call
from waystation.routing.route import Route
from waystation.wire.chat import ChatRequest, Inline
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest, Unsayable
from waystation.wire.loss import Loss

LINKS_MAX: Final = 16  # per request; each may be the largest file that the fetcher takes
FETCHES_AT_ONCE: Final = 4  # for one request
_WRAPPED: Final = WRAPPED.encode()


def tap(call: Call, route: Route) -> Tap | None:
    """None if the call has to go through the hub.

    That is also where a body must be rewritten that would pass otherwise: seals of another language's vendor are in
    it, from an earlier turn of the same conversation.
    """
    dialect = call.codec.dialect
    if route.ways[dialect] != dialect or call.ask.spoken is not None:
        return None
    if dialect in call.board.crossed and _WRAPPED in call.body:
        return None
    return Tap(call.codec, call.ask, call.codec.retarget(call.body, call.ask, route.model))


class Crossing:
    """Ways through the hub. `fetcher` reads what callers give by address and a vendor wants inline."""

    __slots__ = ("_codecs", "_fetcher")

    def __init__(self, codecs: Mapping[Dialect, Codec], fetcher: Fetcher) -> None:
        self._codecs = codecs
        self._fetcher = fetcher

    async def bridge(self, call: Call, route: Route) -> Bridge:
        """Raises: BadRequest; Unsayable among them if another route may still do."""
        vendor = self._codecs[route.ways[call.codec.dialect]]
        target = Target(
            model=route.model,
            stream=call.ask.stream,
            traits=route.vendor.traits,
            max_output_tokens=route.output_tokens,
        )
        if call.codec.embeddings is not None and vendor.embeddings is not None:
            bridge: Bridge = _embed(call, call.codec.embeddings, vendor, vendor.embeddings, target)
        else:
            bridge = await self._converse(call, vendor, target)
        if not call.bears_losses:
            _refuse_grave(bridge.losses, vendor.dialect)
        return bridge

    async def _converse(self, call: Call, vendor: Codec, target: Target) -> Bridge:
        here, there = call.codec.chat, vendor.chat
        assert here is not None  # `way_to` leads conversations to conversations only
        assert there is not None
        request = self._hub_of_body(call, here).decode_request(call.body, call.place)
        request = await self._inlined(request, vendor.dialect, target)
        asked = Asked(request=request, call_id=call.call_id, at=int(call.at), place=call.place)
        return chat_bridge(here, vendor, there, asked, target)

    def _hub_of_body(self, call: Call, here: ChatHub) -> ChatHub:
        """Cursor puts a Responses body on the chat path: it is read as what it is, and answered as chat."""
        spoken = None if call.ask.spoken is None else self._codecs[call.ask.spoken].chat
        return spoken or here

    async def _inlined(self, request: ChatRequest, dialect: Dialect, target: Target) -> ChatRequest:
        links = links_of(request, dialect, target)
        if not links:
            return request
        if len(links) > LINKS_MAX:
            raise BadRequest(f"The request names {len(links)} files by address; at most {LINKS_MAX} are fetched.")
        fetched = await self._fetch(links)
        files = (Inline(file.media_type, base64.b64encode(file.data).decode()) for file in fetched)
        return inlined(request, dict(zip(links, files, strict=True)))

    async def _fetch(self, links: tuple[str, ...]) -> list[Fetched]:
        """All of them, in their order. Raises: LinkRefused for the first that can't be had; the others are given up."""
        turns = asyncio.Semaphore(FETCHES_AT_ONCE)

        async def fetch(url: str) -> Fetched:
            async with turns:
                return await self._fetcher.fetch(url)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch(url)) for url in links]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return [task.result() for task in tasks]


def _embed(call: Call, here: EmbeddingHub, vendor: Codec, there: EmbeddingHub, target: Target) -> EmbeddingBridge:
    request = here.decode_request(call.body, call.place)
    return EmbeddingBridge(vendor, here, there, request, there.encode_request(request, target))


def _refuse_grave(losses: tuple[Loss, ...], dialect: Dialect) -> None:
    grave = next((loss for loss in losses if loss.grave), None)
    if grave is not None:
        raise Unsayable(
            f"{grave.field!r} can't be said to this model's upstream, which speaks {dialect}: {grave.reason}. Leave it "
            "out, choose another model, or send the header 'x-waystation-losses: accept'.",
            param=grave.field,
        )
