"""OpenAI's completions as a wire language. Its errors are those of chat."""

from typing import Final

from waystation.dialects.asking import retargeted
from waystation.dialects.bridge import facts_of
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
from waystation.dialects.openai_chat import CODEC as CHAT
from waystation.dialects.openai_completions.ask import decode_request
from waystation.dialects.openai_completions.hub import OpenAICompletionsHub
from waystation.dialects.openai_completions.reply_in import decode_reply
from waystation.dialects.openai_completions.tap import CompletionTap
from waystation.dialects.unplaced import Unplaced
from waystation.wire.dialect import Dialect
from waystation.wire.errors import WaystationError


class OpenAICompletions(Unplaced):
    dialect: Dialect = "openai.completions"
    operation_name: str = "text_completion"
    namespace: str = "openai"
    paths: tuple[str, ...] = ("/completions",)
    keep_alive: bytes = b": keep-alive\n\n"
    chat: ChatHub | None = OpenAICompletionsHub()
    embeddings: EmbeddingHub | None = None

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_request(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return facts_of(decode_reply(body))

    def reader(self, ask: Ask) -> StreamReader:
        return CompletionTap(ask)

    def error(self, error: WaystationError) -> bytes:
        return CHAT.error(error)

    def fail(self, error: WaystationError) -> bytes:
        return CHAT.fail(error)

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


CODEC: Final[Codec] = OpenAICompletions()
