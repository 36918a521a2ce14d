"""One choice of a chat's stream: its blocks, in the order in which they begin, and its end.

The order of events is that of `wire.events`: text, thoughts and refusal end where the next block begins, calls with
the choice. A choice ends with its stream, not with its finish_reason: some servers send more after that.
"""

from typing import Final, Literal

import msgspec

from waystation.dialects.openai_chat.calls import Calls
from waystation.dialects.openai_chat.chunks import Choice, Delta
from waystation.dialects.openai_chat.citations import annotation_of
from waystation.dialects.openai_chat.details import thought_of
from waystation.dialects.openai_chat.finishes import goes_on, reason_of
from waystation.dialects.openai_chat.parts_in import part_of
from waystation.dialects.table import Table
from waystation.wire.chat import ForeignPart, RefusalPart, TextPart, ThinkingPart
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    RefusalDelta,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)

_NULL: Final = b"null"
_Kind = Literal["", "text", "thinking", "refusal"]


class Speech:
    """`word` is the vendor's own for the end, once it came."""

    __slots__ = ("_block", "_calls", "_choice", "_kind", "_next", "_told", "word")

    def __init__(self, choice: int, made: str) -> None:
        self.word: str | None = None
        self._choice = choice
        self._calls = Calls(choice, made)
        self._kind: _Kind = ""
        self._block = 0
        self._next = 0
        self._told = False

    @property
    def ended(self) -> bool:
        return self.word is not None

    def hear(self, choice: Choice, out: list[StreamEvent]) -> None:
        if not goes_on(choice.finish_reason):
            self.word = choice.finish_reason
        delta = choice.delta
        if delta is None:
            return
        thought = delta.reasoning_content or delta.reasoning  # some send the same text under both names
        if thought:
            self._told = True
            out.append(ThinkingDelta(thought, self._in("thinking", out), self._choice))
        if delta.reasoning_details:
            self._hear_details(delta.reasoning_details, out)
        if delta.content:
            self._hear_content(delta.content, choice, out)
        if delta.refusal:
            out.append(RefusalDelta(delta.refusal, self._in("refusal", out), self._choice))
        self._hear_rest(delta, out)

    def finish(self, out: list[StreamEvent]) -> None:
        self._leave(out)
        self._next = self._calls.finish(self._next, out)
        out.append(Finished(reason_of(self.word, calls=self._calls.any), self._choice))

    def _hear_content(
        self, content: str | list[msgspec.Raw] | dict[str, msgspec.Raw], choice: Choice, out: list[StreamEvent]
    ) -> None:
        if isinstance(content, str):
            logprobs = choice.logprobs.content if choice.logprobs is not None else None
            if logprobs is not None and bytes(logprobs) == _NULL:
                logprobs = None
            out.append(TextDelta(content, self._in("text", out), self._choice, logprobs))
            return
        rows = content if isinstance(content, list) else [msgspec.Raw(msgspec.json.encode(content))]
        for row in rows:
            self._hear_part(row, out)

    def _hear_part(self, raw: msgspec.Raw, out: list[StreamEvent]) -> None:
        """Mistral's thinking models send content as a list of parts."""
        match part_of(raw, "content", answer=True):
            case TextPart(text=text):
                if text:
                    out.append(TextDelta(text, self._in("text", out), self._choice))
            case ThinkingPart(text=text):
                if text:
                    out.append(ThinkingDelta(text, self._in("thinking", out), self._choice))
            case RefusalPart(text=text):
                out.append(RefusalDelta(text, self._in("refusal", out), self._choice))
            case ForeignPart() as part:
                self._add_foreign(part, out)
            case _:
                kind = Table(raw).text("type") or ""
                self._add_foreign(ForeignPart(dialect="openai.chat", kind=kind, raw=raw), out)

    def _hear_details(self, rows: list[msgspec.Raw], out: list[StreamEvent]) -> None:
        """Their text counts only if it is not told under another name as well."""
        for row in rows:
            part = thought_of(Table(row, "reasoning_details", answer=True))
            if part.text and not self._told:
                out.append(ThinkingDelta(part.text, self._in("thinking", out), self._choice))
            if part.seal is None:
                continue
            if part.redacted:
                self._leave(out)
            if self._kind != "thinking":
                out.append(ThinkingDelta("", self._in("thinking", out), self._choice, part.redacted))
            out.append(Sealed(part.seal, self._block, self._choice))
            self._leave(out)

    def _hear_rest(self, delta: Delta, out: list[StreamEvent]) -> None:
        """What few deltas have."""
        if delta.annotations:
            for row in delta.annotations:
                if self._kind != "text":
                    out.append(TextDelta("", self._in("text", out), self._choice))
                out.append(Annotated(annotation_of(row), self._block, self._choice))
        for row in delta.images or ():
            self._add_foreign(ForeignPart(dialect="openai.chat", kind="image_url", raw=row), out)
        if delta.tool_calls or delta.function_call is not None:
            self._leave(out)
            self._next = self._calls.hear(delta, self._next, out)

    def _add_foreign(self, part: ForeignPart, out: list[StreamEvent]) -> None:
        self._leave(out)
        out += (ForeignBlock(part, self._next, self._choice), BlockEnded(self._next, self._choice))
        self._next += 1

    def _in(self, kind: _Kind, out: list[StreamEvent]) -> int:
        """The block of this kind, begun if the last one was of another."""
        if self._kind != kind:
            self._leave(out)
            self._kind = kind
            self._block = self._next
            self._next += 1
        return self._block

    def _leave(self, out: list[StreamEvent]) -> None:
        if self._kind:
            out.append(BlockEnded(self._block, self._choice))
            self._kind = ""
