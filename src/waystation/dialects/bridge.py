"""One route's way for one call, there and back: as bytes where caller and vendor speak alike, else through words."""

from typing import Protocol

import msgspec

from waystation.dialects.codec import (
    Ask,
    Asked,
    ChatHub,
    Codec,
    EmbeddingHub,
    Encoded,
    ReplyFacts,
    StreamReader,
    Target,
)
from waystation.dialects.custom_tools import UnwrappingReader, unwrap_reply, wrap_request
from waystation.dialects.lanes import HubReader, TapReader
from waystation.dialects.listener import facts_of
from waystation.dialects.marking import MarkingReader, mark_reply
from waystation.dialects.seal import SEALING
from waystation.wire.chat import ChatRequest
from waystation.wire.dialect import Dialect
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.estimate import Weight
from waystation.wire.loss import Loss

__all__ = ["Bridge", "ChatBridge", "EmbeddingBridge", "HubReader", "Tap", "TapReader", "facts_of"]


class Bridge(Protocol):
    """`vendor` is the vendor's language, `body` what it receives, `losses` what it can't be told."""

    @property
    def vendor(self) -> Codec: ...

    @property
    def body(self) -> bytes: ...

    @property
    def losses(self) -> tuple[Loss, ...]: ...

    def reply(self, body: bytes) -> tuple[bytes, ReplyFacts]:
        """The vendor's plain answer as the caller gets it. Raises: BadAnswer, VendorFailure."""
        ...

    def reader(self) -> StreamReader: ...


class Tap(msgspec.Struct, frozen=True, gc=False):
    """The same language on both sides."""

    vendor: Codec
    ask: Ask
    body: bytes

    @property
    def losses(self) -> tuple[Loss, ...]:
        return ()

    def reply(self, body: bytes) -> tuple[bytes, ReplyFacts]:
        return body, self.vendor.reply(body)

    def reader(self) -> StreamReader:
        return self.vendor.reader(self.ask)


class ChatBridge(msgspec.Struct, frozen=True):
    """Two languages of conversations, the caller's `here` and the vendor's `there`.

    `wrapped` names the custom tools that the vendor sees as functions.
    """

    vendor: Codec
    here: ChatHub
    there: ChatHub
    asked: Asked
    encoded: Encoded
    wrapped: frozenset[str]

    @property
    def body(self) -> bytes:
        return self.encoded.body

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.encoded.losses

    def reply(self, body: bytes) -> tuple[bytes, ReplyFacts]:
        reply = unwrap_reply(self.there.decode_reply(body, self.asked.call_id), self.wrapped)
        facts = facts_of(reply)
        if self._is_marked:
            reply = mark_reply(reply, calls=self._marks_calls)
        return self.here.encode_reply(reply, self.asked), facts

    def reader(self) -> StreamReader:
        events = self.there.event_reader(self.asked.request.choices, self.asked.call_id)
        if self.wrapped:
            events = UnwrappingReader(events, self.wrapped)
        if self._is_marked:
            events = MarkingReader(events, calls=self._marks_calls)
        return HubReader(events, self.here.event_writer(self.asked))

    @property
    def _is_marked(self) -> bool:
        """The caller's language has vendors that seal, and this is none of them."""
        return self.asked.request.dialect in SEALING and self.asked.request.dialect != self.vendor.dialect

    @property
    def _marks_calls(self) -> bool:
        """Whether a call without a seal would be refused: by Gemini always, by others if the model is to think."""
        reasoning = self.asked.request.reasoning
        thinks = reasoning is not None and reasoning.enabled is not False and reasoning.effort != "none"
        return thinks or self.asked.request.dialect == "gemini.generate"


class EmbeddingBridge(msgspec.Struct, frozen=True):
    """Two languages of embeddings."""

    vendor: Codec
    here: EmbeddingHub
    there: EmbeddingHub
    request: EmbeddingRequest
    encoded: Encoded

    @property
    def body(self) -> bytes:
        return self.encoded.body

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.encoded.losses

    def reply(self, body: bytes) -> tuple[bytes, ReplyFacts]:
        reply = self.there.decode_reply(body)
        facts = ReplyFacts(usage=reply.heard, response_model=reply.model, finish_reasons=(), weight=Weight())
        return self.here.encode_reply(reply, self.request), facts

    def reader(self) -> StreamReader:
        raise AssertionError("embeddings are not streamed: the codec refuses such a request")


def chat_bridge(here: ChatHub, vendor: Codec, there: ChatHub, asked: Asked, target: Target) -> ChatBridge:
    """The way of a conversation, whose request is `asked.request`."""
    request, wrapped, losses = _spoken(asked.request, vendor.dialect, target)
    encoded = there.encode_request(request, target)
    return ChatBridge(vendor, here, there, asked, Encoded(encoded.body, (*losses, *encoded.losses)), wrapped)


def _spoken(
    request: ChatRequest, dialect: Dialect, target: Target
) -> tuple[ChatRequest, frozenset[str], tuple[Loss, ...]]:
    """The request with its custom tools as functions, unless the vendor knows custom tools."""
    if dialect == "openai.responses" or (dialect == "openai.chat" and "custom_tools" in target.traits):
        return request, frozenset(), ()
    return wrap_request(request)
