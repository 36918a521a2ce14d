"""The blocks of a vendor's stream, in the order in which they begin.

Text, thoughts and refusal end where the next block begins, calls where they are whole: the order is that of
`wire.events`, whatever the vendor's. What was said of a part is remembered, since many vendors tell it again at its
end, and some only there.
"""

from typing import Final

import msgspec

from waystation.dialects.openai_responses.parts_in import annotation_of
from waystation.wire.chat import ForeignPart, Seal, ToolCallPart
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    ForeignBlock,
    RefusalDelta,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

_BREAK: Final = "\n\n"

Key = tuple[str, int, int]  # what it is, the item's number, the part's


class Blocks:
    """`out` holds the events that have not been taken. `calls`, `refused`: whether there were any."""

    __slots__ = ("_block", "_calls", "_current", "_next", "_said", "_shown", "calls", "out", "refused")

    def __init__(self) -> None:
        self.out: list[StreamEvent] = []
        self.calls = False
        self.refused = False
        self._current: tuple[str, int, int] | None = None
        self._block = 0
        self._next = 0
        self._said: set[Key] = set()
        self._shown: dict[int, Key] = {}  # of each item of reasoning, the last part that had text
        self._calls: dict[int, tuple[int, bool]] = {}  # block of each open call, and whether it has arguments

    @property
    def any(self) -> bool:
        return self._next > 0

    def take(self) -> list[StreamEvent]:
        out, self.out = self.out, []
        return out

    def has(self, kind: str, item: int, part: int) -> bool:
        return (kind, item, part) in self._said

    def text(self, text: str, item: int, part: int, logprobs: msgspec.Raw | None = None) -> None:
        if text or logprobs is not None:
            self.out.append(TextDelta(text, self._in(("text", item, part)), 0, logprobs))

    def refusal(self, text: str, item: int, part: int) -> None:
        if text:
            self.refused = True
            self.out.append(RefusalDelta(text, self._in(("refusal", item, part))))

    def thought(self, text: str, item: int, key: Key) -> None:
        """`key` is a part of the reasoning item: texts of several are told apart by an empty line."""
        self._said.add(key)
        if not text:
            return
        last = self._shown.get(item)
        self._shown[item] = key
        block = self._in(("thinking", item, 0))
        self.out.append(ThinkingDelta(text if last in (None, key) else _BREAK + text, block))

    def seal(self, seal: Seal, item: int, *, redacted: bool) -> None:
        key = ("thinking", item, 0)
        if self._current != key:
            block = self._in(key)
            self.out.append(ThinkingDelta("", block, redacted=redacted))
        self.out.append(Sealed(seal, self._block))

    def cite(self, annotation: msgspec.Raw, item: int, part: int) -> None:
        key = ("text", item, part)
        if self._current != key:
            block = self._in(key)
            self.out.append(TextDelta("", block))
        self.out.append(Annotated(annotation_of(annotation), self._block))

    def call(self, item: int, part: ToolCallPart) -> None:
        """Its beginning, once."""
        if item in self._calls:
            return
        self.leave()
        self.calls = True
        self._calls[item] = (self._next, False)
        self.out.append(ToolCallStarted(part.id, part.name, self._next, custom=part.custom))
        self._next += 1

    def arguments(self, text: str, item: int) -> None:
        """Those of a call that has not begun wait for its item, which tells them all."""
        if text and item in self._calls:
            block, _ = self._calls[item]
            self._calls[item] = (block, True)
            self.out.append(ToolCallDelta(text, block))

    def end_call(self, item: int, arguments: str) -> None:
        block, has_arguments = self._calls.pop(item)
        if arguments and not has_arguments:
            self.out.append(ToolCallDelta(arguments, block))
        self.out.append(BlockEnded(block))

    def foreign(self, part: ForeignPart) -> None:
        self.leave()
        self.out += (ForeignBlock(part, self._next), BlockEnded(self._next))
        self._next += 1

    def leave(self) -> None:
        if self._current is not None:
            self.out.append(BlockEnded(self._block))
            self._current = None

    def finish(self) -> None:
        self.leave()
        self.out += (BlockEnded(block) for block, _ in self._calls.values())
        self._calls.clear()

    def _in(self, key: Key) -> int:
        """The block of this part, begun if the last one was of another."""
        if self._current != key:
            self.leave()
            self._current = key
            self._said.add(key)
            self._block = self._next
            self._next += 1
        return self._block
