"""Words into a stream for the caller: server-sent events, or one JSON array."""

from typing import Final

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.gemini_generate.annotations import metadata_of
from waystation.dialects.gemini_generate.finishes import word_of
from waystation.dialects.gemini_generate.logprobs import result_of
from waystation.dialects.gemini_generate.reply_out import call_of, id_of, is_hidden, signature_of
from waystation.dialects.gemini_generate.times import time_of
from waystation.dialects.gemini_generate.usage import usage_of
from waystation.dialects.table import said
from waystation.wire.chat import Annotation, Seal
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

_OPEN: Final = b"["
_BETWEEN: Final = b",\n"
_CLOSE: Final = b"]"


class _Call:
    """A call that is not whole yet: Gemini's come in one piece."""

    __slots__ = ("arguments", "id", "name", "seal")

    def __init__(self, started: ToolCallStarted) -> None:
        self.id = started.id
        self.name = started.name
        self.arguments: list[str] = []
        self.seal: Seal | None = None


class _Spoken:
    """What was written of one choice: calls and citations that wait, and where text and thoughts stand."""

    __slots__ = ("calls", "cited", "redacted", "text", "texts", "thoughts")

    def __init__(self) -> None:
        self.calls: dict[int, _Call] = {}
        self.cited: list[Annotation] = []
        self.thoughts: set[int] = set()
        self.redacted: set[int] = set()
        self.texts: set[int] = set()
        self.text: list[str] = []


class GeminiWriter:
    """An `EventWriter`. The last event holds how each choice ended, its citations, and the usage."""

    __slots__ = ("_array", "_asked", "_begun", "_choices", "_ends", "_face", "_heard", "_hidden")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._array = asked.place.array
        self._hidden = is_hidden(asked.request)
        self._begun = False
        self._choices: dict[int, _Spoken] = {}
        self._ends: dict[int, dict[str, object]] = {}
        self._face: dict[str, object] = {}
        self._heard: Heard | None = None

    def write(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta():
                return self._say(event)
            case ThinkingDelta():
                return self._think(event)
            case ToolCallDelta(arguments, block, choice):
                self._in(choice).calls[block].arguments.append(arguments)
            case ToolCallStarted():
                self._in(event.choice).calls[event.block] = _Call(event)
            case BlockEnded(block, choice):
                return self._end_call(block, choice)
            case Started():
                self._begin(event)
            case Metered(heard):
                self._heard = heard
            case _:
                return self._write_rest(event)
        return b""

    def close(self) -> bytes:
        usage = None if self._heard is None else usage_of(self._heard)
        out = b""
        if self._ends or usage:
            ends = [self._ends[choice] for choice in sorted(self._ends)]
            out = self._framed(said({"candidates": ends or None, "usageMetadata": usage}))
        if not self._array:
            return out
        return out + (_CLOSE if self._begun else _OPEN + _CLOSE)

    def _begin(self, started: Started) -> None:
        model = started.model or self._asked.request.model
        created = time_of(self._asked.at if started.created is None else started.created)
        self._face = said({"modelVersion": model, "createTime": created, "responseId": id_of(self._asked.call_id)})

    def _in(self, choice: int) -> _Spoken:
        return self._choices.setdefault(choice, _Spoken())

    def _part(self, choice: int, part: object, **more: object) -> bytes:
        candidate = {"content": {"parts": [part], "role": "model"}, "index": choice} | said(more)
        return self._framed({"candidates": [candidate]})

    def _framed(self, members: dict[str, object]) -> bytes:
        if not self._face:
            self._begin(Started())
        event = msgspec.json.encode(members | self._face)
        if not self._array:
            return b"data: " + event + b"\n\n"
        before, self._begun = _BETWEEN if self._begun else _OPEN, True
        return before + event

    def _say(self, event: TextDelta) -> bytes:
        spoken = self._in(event.choice)
        spoken.texts.add(event.block)
        spoken.text.append(event.text)
        if not event.text:
            return b""
        return self._part(event.choice, {"text": event.text}, logprobsResult=result_of(event.logprobs))

    def _think(self, event: ThinkingDelta) -> bytes:
        spoken = self._in(event.choice)
        spoken.thoughts.add(event.block)
        if event.redacted:
            spoken.redacted.add(event.block)
        if self._hidden or not event.text:
            return b""
        return self._part(event.choice, {"text": event.text, "thought": True})

    def _end_call(self, block: int, choice: int) -> bytes:
        call = self._in(choice).calls.pop(block, None)
        if call is None:
            return b""
        part = call_of(call.id, call.name, "".join(call.arguments)) | signature_of(call.seal)
        return self._part(choice, part)

    def _seal(self, event: Sealed) -> bytes:
        spoken = self._in(event.choice)
        if event.block in spoken.calls:
            spoken.calls[event.block].seal = event.seal
            return b""
        if event.block in spoken.texts:
            return self._part(event.choice, {"text": ""} | signature_of(event.seal))
        signature = signature_of(event.seal, redacted=event.block in spoken.redacted)
        return self._part(event.choice, {"text": "", "thought": True} | signature)

    def _write_rest(self, event: StreamEvent) -> bytes:
        match event:
            case RefusalDelta(text, _, choice):
                return self._part(choice, {"text": text})
            case Sealed():
                return self._seal(event)
            case Annotated(annotation, _, choice):
                self._in(choice).cited.append(annotation)
            case ForeignBlock(part, _, choice) if part.dialect == "gemini.generate":
                return self._part(choice, part.raw)
            case Finished(reason, choice):
                self._ends[choice] = self._end(choice, word_of(reason))
        return b""

    def _end(self, choice: int, word: str) -> dict[str, object]:
        spoken = self._in(choice)
        text = "".join(spoken.text) if len(spoken.texts) == 1 else ""
        grounding = metadata_of([(annotation, text) for annotation in spoken.cited])
        end = {"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": word, "index": choice}
        return end | said({"groundingMetadata": grounding})
