"""The blocks of a stream, as they begin, go on and end.

The order of events is that of `wire.events`, whatever a vendor does: a block that is not ended ends where the next one
begins, unless it is a call, and a piece of a block that never began begins one.
"""

from typing import Final, Literal

import msgspec

from waystation.dialects.anthropic_messages.chunks import NULL, Begun, Delta, decode_begun
from waystation.dialects.anthropic_messages.citations import annotation_of
from waystation.dialects.anthropic_messages.seals import NATIVE, seal_of
from waystation.dialects.table import Table
from waystation.wire.chat import ForeignPart
from waystation.wire.errors import BadAnswer
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    ForeignBlock,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

_FOREIGN_MAX_CHARS: Final = 8 * 1024 * 1024  # of the input of one of Anthropic's own tools
_Kind = Literal["text", "thinking", "redacted", "call", "foreign"]
_KINDS: Final[dict[str, _Kind]] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "redacted",
    "tool_use": "call",
}
_OF_DELTAS: Final[dict[str | None, _Kind]] = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
}


class _Open:
    """One block. `block` is its number, None until its first word is told. `given` is the input that it began with."""

    __slots__ = ("block", "chars", "foreign", "given", "kind", "pieces", "signature")

    def __init__(self, kind: _Kind) -> None:
        self.kind: _Kind = kind
        self.block: int | None = None
        self.signature = ""
        self.given = NULL
        self.foreign: ForeignPart | None = None
        self.pieces: list[str] = []
        self.chars = 0


class Speech:
    """`calls`: whether there was any."""

    __slots__ = ("_made", "_next", "_open", "calls")

    def __init__(self, made: str) -> None:
        self.calls = False
        self._made = made
        self._next = 0
        self._open: dict[int, _Open] = {}

    def begin(self, index: int, raw: msgspec.Raw, out: list[StreamEvent]) -> None:
        begun = decode_begun(raw)
        if begun.type is None:
            return
        kind = _KINDS.get(begun.type, "foreign")
        self._leave(index, out)
        open_ = self._open[index] = _Open(kind)
        match kind:
            case "text":
                self._say(open_, begun.text or "", out)
                for citation in begun.citations or ():
                    self._cite(open_, citation, out)
            case "thinking":
                out.append(ThinkingDelta(begun.thinking or "", self._number(open_)))
                open_.signature = begun.signature or ""
            case "redacted":
                out.append(ThinkingDelta("", self._number(open_), redacted=True))
                open_.signature = begun.data or ""
            case "call":
                self._call(index, open_, begun, out)
            case _:
                open_.given = begun.input
                open_.foreign = ForeignPart(dialect=NATIVE, kind=begun.type, raw=raw)
                self._number(open_)

    def go_on(self, index: int, delta: Delta, out: list[StreamEvent]) -> None:
        open_ = self._open.get(index)
        due = _OF_DELTAS.get(delta.type)
        if due is not None and (open_ is None or open_.kind != due):
            self._leave(index, out)
            open_ = self._open[index] = _Open(due)
            if due == "thinking":
                out.append(ThinkingDelta("", self._number(open_)))
        if open_ is None:
            return
        match delta.type:
            case "text_delta":
                self._say(open_, delta.text or "", out)
            case "input_json_delta":
                self._argue(open_, delta.partial_json or "", out)
            case "thinking_delta" if delta.thinking:
                out.append(ThinkingDelta(delta.thinking, self._number(open_)))
            case "signature_delta":
                open_.signature = delta.signature or open_.signature
            case "citations_delta":
                self._cite(open_, delta.citation, out)

    def end(self, index: int, out: list[StreamEvent]) -> None:
        open_ = self._open.pop(index, None)
        if open_ is None or open_.block is None:
            return
        block = open_.block
        if open_.kind == "call" and not open_.pieces:
            out.append(ToolCallDelta(_object(open_.given), block))
        if open_.foreign is not None:
            out.append(ForeignBlock(_whole(open_.foreign, "".join(open_.pieces)), block))
        seal = seal_of(open_.signature)
        if seal is not None:
            out.append(Sealed(seal, block))
        out.append(BlockEnded(block))

    def finish(self, out: list[StreamEvent]) -> None:
        for index in tuple(self._open):
            self.end(index, out)

    def _leave(self, index: int, out: list[StreamEvent]) -> None:
        """Before a block begins: the one that was numbered so ends, and all others but calls."""
        for other in tuple(self._open):
            if other == index or self._open[other].kind != "call":
                self.end(other, out)

    def _number(self, open_: _Open) -> int:
        if open_.block is None:
            open_.block = self._next
            self._next += 1
        return open_.block

    def _say(self, open_: _Open, text: str, out: list[StreamEvent]) -> None:
        if text:
            out.append(TextDelta(text, self._number(open_)))

    def _cite(self, open_: _Open, raw: msgspec.Raw, out: list[StreamEvent]) -> None:
        if open_.block is None:
            out.append(TextDelta("", self._number(open_)))
        out.append(Annotated(annotation_of(raw), self._number(open_)))

    def _call(self, index: int, open_: _Open, begun: Begun, out: list[StreamEvent]) -> None:
        self.calls = True
        open_.given = begun.input
        out.append(ToolCallStarted(begun.id or f"{self._made}_{index}", begun.name or "", self._number(open_)))

    def _argue(self, open_: _Open, piece: str, out: list[StreamEvent]) -> None:
        """What a call of the caller's tools has said needs no keeping, only that it has said something."""
        if not piece:
            return
        if open_.kind == "call":
            open_.pieces = open_.pieces or [""]
            out.append(ToolCallDelta(piece, self._number(open_)))
        elif open_.kind == "foreign":
            open_.pieces.append(piece)
            open_.chars += len(piece)
            if open_.chars > _FOREIGN_MAX_CHARS:
                raise BadAnswer(f"an input of more than {_FOREIGN_MAX_CHARS} characters")


def _object(given: msgspec.Raw) -> str:
    return bytes(given).decode("utf-8", "replace") if given != NULL else "{}"


def _whole(part: ForeignPart, given: str) -> ForeignPart:
    """The block with the input that came after it, if that is JSON."""
    try:
        value = msgspec.json.decode(given, type=msgspec.Raw) if given else None
    except msgspec.MsgspecError:
        value = None
    if value is None:
        return part
    members = {**Table(part.raw, answer=True).left(), "input": value}
    return msgspec.structs.replace(part, raw=msgspec.Raw(msgspec.json.encode(members)))
