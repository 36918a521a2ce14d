"""Other vendors' seals of calls and texts: each in a redacted_thinking block of its own, before what it stands for.

In a stream the seal may come when its call or text is written already; then its block follows. The mark in front of a
seal's text says which of these it is.
"""

from typing import Final

import msgspec

from waystation.dialects.seal import unwrap, wrap
from waystation.wire.chat import Part, Seal, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.dialect import Dialect

NATIVE: Final[Dialect] = "anthropic.messages"
OF_NEXT_CALL: Final = "call:"
OF_NEXT_TEXT: Final = "text:"
OF_LAST_CALL: Final = "called:"
OF_LAST_TEXT: Final = "said:"
_NEXT: Final[dict[str, type[Part]]] = {OF_NEXT_CALL: ToolCallPart, OF_NEXT_TEXT: TextPart}
_LAST: Final[dict[str, type[Part]]] = {OF_LAST_CALL: ToolCallPart, OF_LAST_TEXT: TextPart}


def seal_of(text: str | None) -> Seal | None:
    return unwrap(text, NATIVE) if text else None


def marked(seal: Seal, mark: str) -> dict[str, object]:
    """The block that carries `seal`."""
    return {"type": "redacted_thinking", "data": wrap(Seal(seal.dialect, mark + seal.text))}


def placed(parts: list[Part]) -> tuple[Part, ...]:
    """The parts with marked seals on the calls and texts that they stand for."""
    out: list[Part] = []
    waiting: dict[str, Seal] = {}
    for part in parts:
        mark, seal = _mark_of(part)
        if seal is None:
            out.append(_taken(part, waiting))
        elif mark in _NEXT:
            waiting[mark] = seal
        else:
            _put_on_last(out, _LAST[mark], seal)
    return tuple(out)


def _mark_of(part: Part) -> tuple[str, Seal | None]:
    if isinstance(part, ThinkingPart) and part.redacted and part.seal is not None and part.seal.dialect != NATIVE:
        for mark in (*_NEXT, *_LAST):
            if part.seal.text.startswith(mark):
                return mark, Seal(part.seal.dialect, part.seal.text.removeprefix(mark))
    return "", None


def _taken(part: Part, waiting: dict[str, Seal]) -> Part:
    for mark, kind in _NEXT.items():
        if isinstance(part, kind) and mark in waiting:
            return msgspec.structs.replace(part, seal=waiting.pop(mark))
    return part


def _put_on_last(out: list[Part], kind: type[Part], seal: Seal) -> None:
    for at in reversed(range(len(out))):
        if isinstance(out[at], kind):
            out[at] = msgspec.structs.replace(out[at], seal=seal)
            return
