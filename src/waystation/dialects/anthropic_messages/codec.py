"""Anthropic's Messages, for callers and for vendors."""

from typing import Final

from waystation.dialects.anthropic_messages.ask import decode_ask
from waystation.dialects.anthropic_messages.failures import error_body
from waystation.dialects.anthropic_messages.hub import AnthropicHub
from waystation.dialects.anthropic_messages.reader import AnthropicEvents
from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.dialects.asking import retargeted
from waystation.dialects.bridge import TapReader, facts_of
from waystation.dialects.codec import (
    NOWHERE,
    Ask,
    ChatHub,
    Codec,
    Complaint,
    EmbeddingHub,
    Place,
    ReplyFacts,
    StreamReader,
)
from waystation.dialects.complaint import read_complaint
from waystation.dialects.unplaced import Unplaced
from waystation.wire.dialect import Dialect
from waystation.wire.errors import WaystationError

_CALL: Final = "call"  # what is only passed on gets no ids of ours


class AnthropicMessages(Unplaced):
    """Streams tell their usage unasked."""

    dialect: Dialect = "anthropic.messages"
    operation_name: str = "chat"
    namespace: str = "anthropic"
    paths: tuple[str, ...] = ("/messages",)
    keep_alive: bytes = b'event: ping\ndata: {"type": "ping"}\n\n'
    headers: tuple[bytes, ...] = (b"anthropic-version", b"anthropic-beta")
    chat: ChatHub | None = AnthropicHub()
    embeddings: EmbeddingHub | None = None

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_ask(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return facts_of(decode_reply(body, _CALL))

    def reader(self, ask: Ask) -> StreamReader:
        return TapReader(AnthropicEvents(_CALL))

    def error(self, error: WaystationError) -> bytes:
        return error_body(error)

    def fail(self, error: WaystationError) -> bytes:
        """The SDK anthropic raises on an event of this name."""
        return b"event: error\ndata: " + error_body(error) + b"\n\n"

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


CODEC: Final[Codec] = AnthropicMessages()
