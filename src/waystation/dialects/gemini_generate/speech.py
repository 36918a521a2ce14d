"""One candidate of a stream: its blocks, in the order in which they begin, and its end.

A signature ends its block: Gemini wants it back with just this part. A candidate ends with its stream, not with its
finishReason: sources may still come after that.
"""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from waystation.dialects.gemini_generate.annotations import annotations_of
from waystation.dialects.gemini_generate.chunks import NULL, Call, Candidate, Part
from waystation.dialects.gemini_generate.finishes import is_end, reason_of
from waystation.dialects.gemini_generate.logprobs import tokens_of
from waystation.dialects.gemini_generate.parts_in import part_of
from waystation.dialects.seal import unwrap
from waystation.wire.chat import ForeignPart, TextPart, ThinkingPart
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

_Kind = Literal["", "text", "thinking"]
_NO_ARGUMENTS: Final = "{}"


def made_id(call_id: str, choice: int, number: int) -> str:
    """The id of a call that came without one: at most 31 characters for the first choice."""
    name = call_id.removeprefix("call_")[-20:]
    return f"call_{name}_{number}" if choice == 0 else f"call_{name}_{choice}_{number}"


class Speech:
    """`word` is Gemini's own for the end, once it came."""

    __slots__ = ("_block", "_call_id", "_calls", "_choice", "_kind", "_next", "_text", "_texts", "word")

    def __init__(self, choice: int, call_id: str) -> None:
        self.word: str | None = None
        self._choice = choice
        self._call_id = call_id
        self._calls = 0
        self._kind: _Kind = ""
        self._block = 0
        self._next = 0
        self._text: list[str] = []
        self._texts = 0

    @property
    def ended(self) -> bool:
        return is_end(self.word)

    def hear(self, candidate: Candidate, raws: Callable[[], list[msgspec.Raw]], out: list[StreamEvent]) -> None:
        """`raws` gives the candidate's parts unread."""
        if is_end(candidate.finish_reason):
            self.word = candidate.finish_reason
        logprobs = None if candidate.logprobs_result == NULL else tokens_of(candidate.logprobs_result)
        parts = candidate.content.parts if candidate.content is not None else None
        for at, part in enumerate(parts or ()):
            if part.function_call is not None:
                self._call(part.function_call, part.thought_signature, out)
            elif part.text is not None:
                self._say(part, logprobs, out)
                logprobs = None
            else:
                self._hear_other(part, raws()[at : at + 1], out)
        if candidate.grounding_metadata != NULL or candidate.citation_metadata != NULL:
            self._cite(candidate, out)

    def block(self) -> None:
        """The prompt was refused."""
        self.word = "SAFETY"

    def finish(self, out: list[StreamEvent]) -> None:
        self._leave(out)
        out.append(Finished(reason_of(self.word, calls=self._calls > 0), self._choice))

    def _say(self, part: Part, logprobs: msgspec.Raw | None, out: list[StreamEvent]) -> None:
        text = part.text or ""
        if part.thought:
            if text or part.thought_signature:
                out.append(ThinkingDelta(text, self._in("thinking", out), self._choice))
        elif text or (part.thought_signature and self._kind != "text"):
            block = self._in("text", out)
            self._text.append(text)
            out.append(TextDelta(text, block, self._choice, logprobs))
        if part.thought_signature:
            self._seal(part.thought_signature, out)

    def _hear_other(self, part: Part, raws: list[msgspec.Raw], out: list[StreamEvent]) -> None:
        """A part without text: only a signature, or what no piece of a stream can say."""
        for raw in raws:
            read = part_of(raw, "part", "", answer=True)
            if isinstance(read, TextPart | ThinkingPart):
                self._say(part, None, out)
                continue
            kind = read.kind if isinstance(read, ForeignPart) else "media"
            foreign = ForeignPart(dialect="gemini.generate", kind=kind, raw=raw)
            self._leave(out)
            out += (ForeignBlock(foreign, self._next, self._choice), BlockEnded(self._next, self._choice))
            self._next += 1

    def _seal(self, signature: str, out: list[StreamEvent]) -> None:
        out.append(Sealed(unwrap(signature, "gemini.generate"), self._block, self._choice))
        self._leave(out)

    def _call(self, call: Call, signature: str | None, out: list[StreamEvent]) -> None:
        self._leave(out)
        block, self._next = self._next, self._next + 1
        identity = call.id or made_id(self._call_id, self._choice, self._calls)
        self._calls += 1
        arguments = _NO_ARGUMENTS if call.args == NULL else bytes(call.args).decode("utf-8", "replace")
        out += (
            ToolCallStarted(identity, call.name or "", block, self._choice),
            ToolCallDelta(arguments, block, self._choice),
        )
        if signature:
            out.append(Sealed(unwrap(signature, "gemini.generate"), block, self._choice))
        out.append(BlockEnded(block, self._choice))

    def _in(self, kind: _Kind, out: list[StreamEvent]) -> int:
        """The block of this kind, begun if the last one was of another."""
        if self._kind != kind:
            self._leave(out)
            self._kind = kind
            self._block = self._next
            self._next += 1
            self._texts += kind == "text"
        return self._block

    def _leave(self, out: list[StreamEvent]) -> None:
        if self._kind:
            out.append(BlockEnded(self._block, self._choice))
            self._kind = ""

    def _cite(self, candidate: Candidate, out: list[StreamEvent]) -> None:
        """Segments are of a text that came in one piece, as it nearly always does."""
        text = "".join(self._text) if self._texts == 1 else None
        found = annotations_of(candidate.grounding_metadata, candidate.citation_metadata, text)
        if found and self._kind != "text":
            out.append(TextDelta("", self._in("text", out), self._choice))
        out += (Annotated(annotation, self._block, self._choice) for annotation in found)
