"""What the model thought: `reasoning_content` or `reasoning`, and OpenRouter's `reasoning_details` with their seals.

DeepSeek's, Alibaba's and most others' name of the text is reasoning_content, OpenRouter's reasoning; some send it under
both. A detail is reasoning.text with a signature, or reasoning.encrypted with its data; it may have an id and a
format, which have to come back with it (openrouter.ai/docs/use-cases/reasoning-tokens, 2026-11). Then the seal's text
is all of the detail but its text and index, as JSON: no signature begins with a brace.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.seal import shown, unwrap
from waystation.dialects.table import Table, said
from waystation.wire.chat import Seal, ThinkingPart

_WHOLE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT: Final = "reasoning.text"
_ENCRYPTED: Final = "reasoning.encrypted"


def thoughts_of(message: Table) -> list[ThinkingPart]:
    """All that a message says of its thinking, once."""
    text, other = _plain(message, "reasoning_content"), _plain(message, "reasoning")
    text = text or other
    details = message.tables("reasoning_details") if message.opens("reasoning_details") == "[" else []
    parts = [part for part in map(thought_of, details) if part.text or part.seal is not None]
    whole = "".join(part.text for part in parts)
    if not any(part.seal for part in parts):
        text = text or whole
        return [ThinkingPart(text=text)] if text else []
    if not text or text == whole:
        return parts
    seal = next((part.seal for part in parts if not part.redacted and part.seal is not None), None)
    return [ThinkingPart(text=text, seal=seal), *(part for part in parts if part.redacted)]


def thought_of(detail: Table) -> ThinkingPart:
    """One of the `reasoning_details`; neither text nor seal if it is of a kind that we don't know."""
    detail.raw("index")
    kind = detail.text("type") or _TEXT
    text = detail.text("text") or detail.text("summary") or ""
    data, signature = detail.text("data"), detail.text("signature")
    opaque = signature if data is None else data
    if opaque is None:
        return ThinkingPart(text=text)
    seal = unwrap(opaque, "openai.chat")
    left = detail.left()
    if left and seal.dialect == "openai.chat":
        members = {"type": kind, "signature" if data is None else "data": opaque, **left}
        seal = Seal("openai.chat", msgspec.json.encode(members).decode())
    return ThinkingPart(text=text, seal=seal, redacted=data is not None)


def detail_of(seal: Seal, text: str, index: int, *, redacted: bool) -> dict[str, object]:
    """The same as it is written."""
    members = _members_of(seal)
    if members is None:
        kind, name = (_ENCRYPTED, "data") if redacted else (_TEXT, "signature")
        members = {"type": kind, name: shown(seal, "openai.chat")}
    return said({**members, "text": None if redacted else text, "index": index})


def details_of(parts: Iterable[ThinkingPart]) -> list[dict[str, object]] | None:
    """Those that have a seal; None if none has."""
    sealed = [(part, part.seal) for part in parts if part.seal is not None]
    details = [detail_of(seal, part.text, at, redacted=part.redacted) for at, (part, seal) in enumerate(sealed)]
    return details or None


def _members_of(seal: Seal) -> dict[str, object] | None:
    if seal.dialect != "openai.chat" or not seal.text.startswith("{"):
        return None
    try:
        return dict(_WHOLE.decode(seal.text))
    except UNREADABLE:
        return None


def _plain(message: Table, name: str) -> str:
    """Taken only if it is text: anything else is left among the unknown members."""
    return message.text(name) or "" if message.opens(name) == '"' else ""
