"""Words into a stream for the caller."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.blocks import Block, Blocks, foreign_block, framed
from waystation.dialects.anthropic_messages.citations import citation_of
from waystation.dialects.anthropic_messages.finishes import word_of
from waystation.dialects.anthropic_messages.reply_out import id_of, is_hidden, is_unasked
from waystation.dialects.anthropic_messages.rough import rough_input
from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.anthropic_messages.usage import usage_of
from waystation.dialects.codec import Asked
from waystation.dialects.weighing import weight_of
from waystation.wire.chat import FinishReason
from waystation.wire.estimate import tokens_of
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Metered,
    RefusalDelta,
    Sealed,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from waystation.wire.usage import Heard

_STOP: Final = framed(b"message_stop", b'{"type":"message_stop"}')


class AnthropicWriter:
    """An `EventWriter`. `message_start` waits for the first word of the answer, since it tells the input's count."""

    __slots__ = (
        "_asked",
        "_begun",
        "_blocks",
        "_chars",
        "_custom",
        "_finish",
        "_heard",
        "_hidden",
        "_rough",
        "_started",
        "_stop_sequence",
        "_unasked",
    )

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._hidden = is_hidden(asked.request)
        self._unasked = is_unasked(asked.request)
        self._begun = False
        self._blocks = Blocks()
        self._chars = 0
        self._custom: dict[int, list[str]] = {}
        self._finish: FinishReason = "stop"
        self._heard: Heard | None = None
        self._rough = 0
        self._started = Started()
        self._stop_sequence: str | None = None

    def write(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta(text, block, 0) | RefusalDelta(text, block, 0):
                out = self._say(text, block)
            case ThinkingDelta(choice=0):
                out = self._think(event)
            case ToolCallDelta(arguments, block, 0):
                out = self._argue(arguments, block)
            case ToolCallStarted(choice=0):
                start: dict[str, object] = {"type": "tool_use", "id": event.id, "name": event.name, "input": {}}
                self._blocks.begin(event.block, Block("call", start))
                if event.custom:
                    self._custom[event.block] = []
                out = b""
            case BlockEnded(block, 0):
                out = self._end(block)
            case Started():
                self._started = event
                return b""
            case Metered(heard):
                self._heard = heard
                return b""
            case _:
                out = self._write_rest(event)
        return out if self._begun else self._begin() + out

    def close(self) -> bytes:
        out = (b"" if self._begun else self._begin()) + self._blocks.end_all()
        delta = {"stop_reason": word_of(self._finish), "stop_sequence": self._stop_sequence}
        last = msgspec.json.encode({"type": "message_delta", "delta": delta, "usage": self._usage()})
        return b"".join((out, framed(b"message_delta", last), _STOP))

    def _begin(self) -> bytes:
        self._begun = True
        asked = self._asked
        native = self._started.id is not None and self._started.id.startswith("msg_")
        message: dict[str, object] = {
            "id": id_of(self._started.id if native else None, asked.call_id),
            "type": "message",
            "role": "assistant",
            "model": self._started.model or asked.request.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._first_usage(),
        }
        return framed(b"message_start", msgspec.json.encode({"type": "message_start", "message": message}))

    def _first_usage(self) -> dict[str, object]:
        if self._heard is not None and self._heard.usage.input_tokens:
            return usage_of(self._heard)
        self._rough = rough_input(self._asked.request)
        return {"input_tokens": self._rough, "output_tokens": 1}

    def _usage(self) -> dict[str, object]:
        """A vendor's silence is told as an estimate: clients count on it."""
        if self._heard is not None:
            return usage_of(self._heard)
        return {"input_tokens": self._rough, "output_tokens": tokens_of(weight_of(self._chars, self._chars))}

    def _say(self, text: str, block: int) -> bytes:
        if not self._blocks.get(block):
            self._blocks.begin(block, Block("text"))
        self._chars += len(text)
        return self._blocks.add(block, _delta("text_delta", "text", text)) if text else b""

    def _argue(self, arguments: str, block: int) -> bytes:
        """The free text of a custom tool is no JSON before it is whole."""
        self._chars += len(arguments)
        if block in self._custom:
            self._custom[block].append(arguments)
            return b""
        return self._blocks.add(block, _delta("input_json_delta", "partial_json", arguments))

    def _end(self, block: int) -> bytes:
        out = b""
        text = self._custom.pop(block, None)
        if text is not None:
            given = msgspec.json.encode({"input": "".join(text)}).decode()
            out = self._blocks.add(block, _delta("input_json_delta", "partial_json", given))
        return out + self._blocks.end(block)

    def _think(self, event: ThinkingDelta) -> bytes:
        if self._unasked:
            return b""
        if not self._blocks.get(event.block):
            self._blocks.begin(event.block, Block("redacted" if event.redacted else "thinking"))
        self._chars += len(event.text)
        if self._hidden or not event.text:
            return b""
        return self._blocks.add(event.block, _delta("thinking_delta", "thinking", event.text))

    def _write_rest(self, event: StreamEvent) -> bytes:
        match event:
            case Sealed(seal, number, 0):
                self._blocks.seal(number, seal)
            case Annotated(choice=0):
                return self._cite(event)
            case ForeignBlock(part, number, 0) if part.dialect == NATIVE:
                foreign, piece = foreign_block(part.kind, part.raw)
                self._blocks.begin(number, foreign)
                return b"" if piece is None else self._blocks.add(number, piece)
            case Finished(reason, 0, stop_sequence):
                self._finish, self._stop_sequence = reason, stop_sequence
                return self._blocks.end_all()
        return b""

    def _cite(self, event: Annotated) -> bytes:
        if not self._blocks.get(event.block):
            self._blocks.begin(event.block, Block("text"))
        citation = citation_of(event.annotation)
        if citation is None:
            return b""
        return self._blocks.add(event.block, msgspec.json.encode({"type": "citations_delta", "citation": citation}))


def _delta(kind: str, name: str, text: str) -> bytes:
    return msgspec.json.encode({"type": kind, name: text})
