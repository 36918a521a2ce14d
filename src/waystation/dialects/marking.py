"""What no vendor sealed, marked on its way to a caller of another language.

Vendors that seal refuse thoughts and calls without their seal. So the caller is given a mark in its place: a seal that
is nobody's. In the next turn it tells us that the body can't be passed on as it is, and no vendor ever sees it.
"""

from typing import Final

import msgspec

from waystation.dialects.codec import EventReader
from waystation.dialects.framing import Frame
from waystation.wire.chat import ChatReply, Choice, Part, Seal, ThinkingPart, ToolCallPart
from waystation.wire.events import BlockEnded, Sealed, StreamEvent, ThinkingDelta, ToolCallStarted

NOBODYS: Final = Seal("openai.completions", "")  # a language in which no vendor is ever asked in words
_replace: Final = msgspec.structs.replace


def mark_reply(reply: ChatReply, *, calls: bool) -> ChatReply:
    """Every thought is sealed afterwards; with `calls` also the first call, where nothing before it is."""
    return _replace(reply, choices=tuple(_mark_choice(choice, calls=calls) for choice in reply.choices))


class MarkingReader:
    """An `EventReader`: the same for a stream. A mark is told at the end of its block, where a seal may still come."""

    __slots__ = ("_calls", "_events", "_open", "_sealed")

    def __init__(self, events: EventReader, *, calls: bool) -> None:
        self._events = events
        self._calls = calls
        self._open: set[tuple[int, int]] = set()
        self._sealed: set[int] = set()

    @property
    def finished(self) -> bool:
        return self._events.finished

    @property
    def ended(self) -> bool:
        return self._events.ended

    def read(self, frame: Frame) -> list[StreamEvent]:
        return self._marked(self._events.read(frame))

    def close(self) -> list[StreamEvent]:
        return self._marked(self._events.close())

    def _marked(self, events: list[StreamEvent]) -> list[StreamEvent]:
        out: list[StreamEvent] = []
        for event in events:
            match event:
                case ThinkingDelta(_, block, choice):
                    self._open.add((choice, block))
                case ToolCallStarted(choice=choice) if self._calls and choice not in self._sealed:
                    self._open.add((choice, event.block))
                case Sealed(_, block, choice):
                    self._sealed.add(choice)
                    self._open.discard((choice, block))
                case BlockEnded(block, choice) if (choice, block) in self._open:
                    self._open.clear()
                    self._sealed.add(choice)
                    out.append(Sealed(NOBODYS, block, choice))
            out.append(event)
        return out


def _mark_choice(choice: Choice, *, calls: bool) -> Choice:
    parts: list[Part] = []
    sealed = not calls
    for part in choice.parts:
        marked = part
        if isinstance(part, ThinkingPart) or (isinstance(part, ToolCallPart) and not sealed):
            marked = part if part.seal is not None else _replace(part, seal=NOBODYS)
            sealed = True
        parts.append(marked)
    return _replace(choice, parts=tuple(parts))
