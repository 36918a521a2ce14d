"""Seals in reasoning items, which are all that callers of this language send back unread.

OpenAI's own seal is an item's encrypted_content and its id, which belong together. Codex sends no ids back
(openai/codex, codex-rs/protocol, 2026-11), so whose seal it is stands in the wrapped text: "call:<call id> " before
that of a tool call, "text:" of a text, "redacted:" of thoughts without text.
"""

from typing import Final, Literal

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.seal import WRAPPED, unwrap, wrap
from waystation.wire.chat import Seal
from waystation.wire.dialect import Dialect

DIALECT: Final[Dialect] = "openai.responses"
CALL_ID_PREFIX: Final = "rs_call_"  # of a reasoning item whose seal is that of the call after it
_CALL: Final = "call:"
_TEXT: Final = "text:"
_REDACTED: Final = "redacted:"


class _Item(msgspec.Struct):
    encrypted_content: str | None = None


_ITEM: Final = msgspec.json.Decoder(_Item)


class Owned(msgspec.Struct, frozen=True):
    """A seal, and what it is for; `call_id` is "" if that is the next call."""

    seal: Seal
    owner: Literal["thoughts", "redacted", "call", "text"] = "thoughts"
    call_id: str = ""


def seal_of(identity: str, encrypted: str) -> Owned:
    """What a reasoning item holds."""
    if not encrypted.startswith(WRAPPED):
        return Owned(Seal(DIALECT, f"{identity} {encrypted}"))
    seal = unwrap(encrypted, DIALECT)
    if seal.text == encrypted:  # it only looked like one of ours
        return Owned(Seal(DIALECT, f"{identity} {encrypted}"))
    return _owned(seal, identity)


def seals_text(item: msgspec.Raw) -> bool:
    """Whether a reasoning item is but the seal of the text before it."""
    try:
        encrypted = _ITEM.decode(item).encrypted_content
    except UNREADABLE:
        return False
    return encrypted is not None and seal_of("", encrypted).owner == "text"


def own_of(seal: Seal) -> tuple[str, str]:
    """Id and encrypted_content of OpenAI's own seal; the id is "" where the caller gave none."""
    identity, _, encrypted = seal.text.partition(" ")
    return identity, encrypted


def sealed_thoughts(seal: Seal, *, redacted: bool = False) -> str:
    """As encrypted_content, wrapped also if it is OpenAI's: the item has another id now than the seal has in it."""
    return wrap(_marked(seal, _REDACTED) if redacted else seal)


def sealed_call(seal: Seal, call_id: str) -> str:
    return wrap(_marked(seal, f"{_CALL}{call_id} "))


def sealed_text(seal: Seal) -> str:
    return wrap(_marked(seal, _TEXT))


def _marked(seal: Seal, mark: str) -> Seal:
    return Seal(seal.dialect, mark + seal.text)


def _owned(seal: Seal, identity: str) -> Owned:
    text = seal.text
    if text.startswith(_CALL):
        call_id, _, rest = text.removeprefix(_CALL).partition(" ")
        return Owned(Seal(seal.dialect, rest), "call", call_id)
    if text.startswith(_TEXT):
        return Owned(Seal(seal.dialect, text.removeprefix(_TEXT)), "text")
    if text.startswith(_REDACTED):
        return Owned(Seal(seal.dialect, text.removeprefix(_REDACTED)), "redacted")
    return Owned(seal, "call" if identity.startswith(CALL_ID_PREFIX) else "thoughts")
