"""Words into a chat stream for the caller."""

from typing import Final

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.citations import citation_of
from waystation.dialects.openai_chat.details import detail_of
from waystation.dialects.openai_chat.finishes import word_of
from waystation.dialects.openai_chat.reply_out import id_of, is_hidden, is_old
from waystation.dialects.openai_chat.usage_out import usage_of
from waystation.dialects.seal import shown
from waystation.dialects.table import said
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

_DONE: Final = b"data: [DONE]\n\n"
_ROLE: Final[dict[str, object]] = {"role": "assistant", "content": ""}


class _Spoken:
    """What was written of one choice: the calls' numbers by their blocks, and where its text stands."""

    __slots__ = ("calls", "chars", "custom", "details", "redacted", "text_block", "text_start", "thoughts")

    def __init__(self) -> None:
        self.calls: dict[int, int] = {}
        self.custom: set[int] = set()
        self.details = 0
        self.thoughts: dict[int, list[str]] = {}
        self.redacted: set[int] = set()
        self.chars = 0
        self.text_block = -1
        self.text_start = 0


class ChatWriter:
    """An `EventWriter`. Each choice begins with a chunk for its role, as OpenAI's does.

    The seal of a block of thoughts comes with the whole of its text, since a client puts `reasoning_details` together
    by their index, and sends them back as they are.
    """

    __slots__ = ("_asked", "_choices", "_head", "_heard", "_hidden", "_old", "_tail")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._old = is_old(asked.request)
        self._hidden = is_hidden(asked.request)
        self._head = b""
        self._heard: Heard | None = None
        self._tail = b',"usage":null}\n\n' if asked.request.include_usage else b"}\n\n"  # as OpenAI's own chunks end
        self._choices: dict[int, _Spoken] = {}

    def write(self, event: StreamEvent) -> bytes:
        out = b""
        match event:
            case TextDelta():
                out = self._say(event)
            case ThinkingDelta():
                out = self._think(event)
            case ToolCallDelta():
                out = self._argue(event)
            case ToolCallStarted():
                out = self._call(event)
            case Started():
                self._begin(event)
            case Metered(heard):
                self._heard = heard
            case _:
                out = self._write_rest(event)
        return out

    def close(self) -> bytes:
        if self._heard is None or not self._asked.request.include_usage:
            return _DONE
        usage = msgspec.json.encode(usage_of(self._heard))
        return b"".join((self._head or self._begin(Started()), b'"choices":[],"usage":', usage, b"}\n\n", _DONE))

    def _begin(self, started: Started) -> bytes:
        members = {
            "id": id_of(None, self._asked.call_id),
            "object": "chat.completion.chunk",
            "created": self._asked.at if started.created is None else started.created,
            "model": started.model or self._asked.request.model,
            "service_tier": started.service_tier,
        }
        self._head = b"data: " + msgspec.json.encode(said(members))[:-1] + b","
        return self._head

    def _in(self, choice: int) -> tuple[_Spoken, bytes]:
        """What was written of the choice, and the chunk that begins it if this is its first word."""
        spoken = self._choices.get(choice)
        if spoken is not None:
            return spoken, b""
        spoken = self._choices[choice] = _Spoken()
        return spoken, self._chunk(choice, _ROLE)

    def _add(self, choice: int, delta: dict[str, object], *, finish: str | None = None) -> bytes:
        _, role = self._in(choice)
        return role + self._chunk(choice, delta, finish=finish)

    def _chunk(
        self,
        choice: int,
        delta: dict[str, object],
        *,
        logprobs: msgspec.Raw | None = None,
        finish: str | None = None,
    ) -> bytes:
        members = {
            "index": choice,
            "delta": delta,
            "logprobs": None if logprobs is None else {"content": logprobs, "refusal": None},
            "finish_reason": finish,
        }
        head = self._head or self._begin(Started())
        return b"".join((head, b'"choices":[', msgspec.json.encode(members), b"]", self._tail))

    def _say(self, event: TextDelta) -> bytes:
        spoken, role = self._in(event.choice)
        if spoken.text_block != event.block:
            spoken.text_block, spoken.text_start = event.block, spoken.chars
        spoken.chars += len(event.text)
        return role + self._chunk(event.choice, {"content": event.text}, logprobs=event.logprobs)

    def _think(self, event: ThinkingDelta) -> bytes:
        spoken, role = self._in(event.choice)
        if event.redacted:
            spoken.redacted.add(event.block)
        if self._hidden:
            return role
        spoken.thoughts.setdefault(event.block, []).append(event.text)
        return role + (self._chunk(event.choice, {"reasoning_content": event.text}) if event.text else b"")

    def _call(self, event: ToolCallStarted) -> bytes:
        spoken, role = self._in(event.choice)
        index = spoken.calls[event.block] = len(spoken.calls)
        if self._old and index:  # there is room for one call only, as in a plain answer
            return role
        if self._old:
            return role + self._chunk(event.choice, {"function_call": {"name": event.name, "arguments": ""}})
        kind, name = "function", "arguments"
        if event.custom:  # OpenAI's servers send these, though its schema lacks them (openai-openapi#576, 2026-11)
            kind, name = "custom", "input"
            spoken.custom.add(event.block)
        call = {"index": index, "id": event.id, "type": kind, kind: {"name": event.name, name: ""}}
        return role + self._chunk(event.choice, {"tool_calls": [call]})

    def _argue(self, event: ToolCallDelta) -> bytes:
        spoken, _ = self._in(event.choice)
        if self._old and spoken.calls[event.block]:
            return b""
        if self._old:
            return self._chunk(event.choice, {"function_call": {"arguments": event.arguments}})
        kind, name = ("custom", "input") if event.block in spoken.custom else ("function", "arguments")
        call = {"index": spoken.calls[event.block], kind: {name: event.arguments}}
        return self._chunk(event.choice, {"tool_calls": [call]})

    def _seal(self, event: Sealed) -> bytes:
        spoken, role = self._in(event.choice)
        if event.block in spoken.calls:
            extra = {"google": {"thought_signature": shown(event.seal, "openai.chat")}}
            call = {"index": spoken.calls[event.block], "extra_content": extra}
            return b"" if self._old else self._chunk(event.choice, {"tool_calls": [call]})
        if event.block == spoken.text_block:  # no client sends back what stands beside a text
            return b""
        text, redacted = "".join(spoken.thoughts.get(event.block, ())), event.block in spoken.redacted
        detail = detail_of(event.seal, text, spoken.details, redacted=redacted)
        spoken.details += 1
        return role + self._chunk(event.choice, {"reasoning_details": [detail]})

    def _write_rest(self, event: StreamEvent) -> bytes:
        out = b""
        match event:
            case RefusalDelta(text, _, choice):
                out = self._add(choice, {"refusal": text})
            case Finished(reason, choice):
                out = self._add(choice, {}, finish=word_of(reason, old=self._old))
            case Sealed():
                out = self._seal(event)
            case Annotated():
                out = self._cite(event)
            case ForeignBlock(part, _, choice) if part.dialect == "openai.chat" and part.kind == "image_url":
                out = self._add(choice, {"images": [part.raw]})
            case BlockEnded(block, choice) if choice in self._choices:
                self._choices[choice].thoughts.pop(block, None)
        return out

    def _cite(self, event: Annotated) -> bytes:
        spoken, role = self._in(event.choice)
        offset = spoken.text_start if spoken.text_block == event.block else 0
        citation = citation_of(event.annotation, offset, own=False)
        return role if citation is None else role + self._chunk(event.choice, {"annotations": [citation]})
