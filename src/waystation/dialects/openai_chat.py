"""OpenAI's chat completions: the request, the plain answer, and errors. The stream is in `openai_chat_stream`.

Sources: platform.openai.com/docs/api-reference/chat and the openai SDK 2.x (2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.codec import Ask, Codec, Complaint, Edit, ReplyFacts, StreamReader
from waystation.dialects.complaint import read_complaint
from waystation.dialects.openai_chat_answer import decode_answer
from waystation.dialects.openai_chat_notes import Notes
from waystation.dialects.openai_chat_request import CHOICES_MAX, decode_request
from waystation.dialects.openai_chat_stream import ChatReader
from waystation.dialects.openai_chat_usual import read_usual
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadAnswer, CallerError, UpstreamError, WaystationError

_HOUSE_MESSAGE: Final = "The gateway could not serve this call. Please try again later."


class OpenAIChat:
    dialect: Dialect = "openai.chat"
    operation_name: str = "chat"
    paths: tuple[str, ...] = ("/chat/completions",)
    keep_alive: bytes = b": keep-alive\n\n"

    def decode(self, body: bytes) -> Ask:
        return decode_request(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        start, end = ask.model_span
        same = model == ask.model
        if same and not ask.fixes:
            return body
        name = body[start:end] if same else msgspec.json.encode(model)
        if not ask.fixes:
            return b"".join((body[:start], name, body[end:]))
        pieces: list[bytes] = []
        at = 0
        for edit in sorted((*ask.fixes, Edit(start, end, name))):
            pieces += (body[at : edit.start], edit.text)
            at = edit.end
        return b"".join((*pieces, body[at:]))

    def reply(self, body: bytes) -> ReplyFacts:
        return read_usual(body) or _read_any(body)

    def reader(self, ask: Ask) -> StreamReader:
        return ChatReader(ask)

    def error(self, error: WaystationError) -> bytes:
        face = {
            "message": _message(error),
            "type": error.public_type,
            "param": error.param,
            "code": error.public_code,
        }
        return msgspec.json.encode({"error": face})

    def fail(self, error: WaystationError) -> bytes:
        """A data event, without [DONE] after it: the openai SDK raises on `error`, and ignores event names."""
        return b"data: " + self.error(error) + b"\n\n"

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


def _read_any(body: bytes) -> ReplyFacts:
    answer = decode_answer(body)
    if not answer.choices:
        raise BadAnswer("an answer without choices")
    notes = Notes(CHOICES_MAX, whole=True)
    notes.note(answer)
    return ReplyFacts(
        usage=notes.usage,
        response_model=notes.response_model,
        finish_reasons=notes.finish_reasons,
        weight=notes.weight,
    )


def _message(error: WaystationError) -> str:
    """What the caller may read: an upstream's addresses and the house's own troubles are for the log."""
    if isinstance(error, CallerError):
        return error.message
    if isinstance(error, UpstreamError):
        return error.public_message
    return _HOUSE_MESSAGE


CODEC: Final[Codec] = OpenAIChat()
