"""The parts of a conversation, as they are written to a vendor."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.citations import citations_back
from waystation.dialects.anthropic_messages.families import Family
from waystation.dialects.anthropic_messages.ids import Ids
from waystation.dialects.anthropic_messages.media import document_source, image_source
from waystation.dialects.anthropic_messages.nested import cache_control, put
from waystation.dialects.anthropic_messages.own import Told
from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import (
    FilePart,
    ForeignPart,
    ImagePart,
    Link,
    Part,
    RefusalPart,
    Role,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Trait

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Block = dict[str, object] | msgspec.Raw


class Wording(msgspec.Struct, frozen=True):
    """How one request is said: to which family of models, and what could not be said so far."""

    losses: Losses
    family: Family
    traits: frozenset[Trait]
    ids: Ids

    @property
    def same(self) -> bool:
        """The request was written in this very language."""
        return self.losses.source == self.losses.target

    def lose(self, path: str, reason: str) -> None:
        self.losses.note(path, reason, grave=True)


def block_of(part: Part, path: str, role: Role, wording: Wording) -> Block | None:
    """None if it can't be said, which is noted, or if it says nothing."""
    members: dict[str, object] | None
    match part:
        case ForeignPart(dialect="anthropic.messages") | Told() if wording.same or isinstance(part, ForeignPart):
            return part.raw
        case TextPart() | RefusalPart():
            members = _text(part, path, wording)
        case ThinkingPart():
            members = _thinking(part, path, wording)
        case ToolCallPart():
            members = _call(part, path, wording)
        case ToolResultPart():
            members = _result(part, path, wording)
        case ImagePart() | FilePart() if role in ("user", "tool") or wording.same:
            members = _media(part, path, wording)
        case _:
            wording.lose(path, f"Anthropic has no such part for the role {role}")
            return None
    if members is None:
        return None
    return put(members | cache_control(part.cache), wording.losses.keep(path, part.extras))


def input_of(arguments: str) -> object:
    """What a model wrote into a call: an object as it is, or all its text as one member if it is none."""
    if not arguments.strip():
        return {}
    try:
        _OBJECT.decode(arguments)
    except _UNREADABLE:
        return {"input": arguments}
    return msgspec.Raw(arguments.encode())


def _text(part: TextPart | RefusalPart, path: str, wording: Wording) -> dict[str, object] | None:
    """Anthropic refuses a block without any text, or with white space only."""
    members: dict[str, object] = {"type": "text", "text": part.text}
    if isinstance(part, TextPart):
        _note_seal(part.seal, path, wording)
        if wording.same:
            members |= citations_back(part)
        elif part.annotations:
            wording.losses.note(f"{path}.annotations", "citations are not sent back")
    return members if part.text.strip() else None


def _thinking(part: ThinkingPart, path: str, wording: Wording) -> dict[str, object] | None:
    """Only what Claude thought itself may be said: it is signed."""
    seal = part.seal
    if seal is not None and seal.dialect == NATIVE:
        if part.redacted:
            return {"type": "redacted_thinking", "data": seal.text}
        return {"type": "thinking", "thinking": part.text, "signature": seal.text}
    _note_seal(seal, path, wording)
    if part.text:
        wording.losses.note(path, "Claude is told its own thoughts only")
    return None


def _call(call: ToolCallPart, path: str, wording: Wording) -> dict[str, object]:
    _note_seal(call.seal, path, wording)
    if call.custom:
        wording.lose(path, "Anthropic knows functions only")
    given = input_of(call.arguments)
    if isinstance(given, dict) and given and not call.custom:
        wording.losses.note(f"{path}.arguments", "they are no JSON object, so they are said in one")
    return {"type": "tool_use", "id": wording.ids.of_call(call.id), "name": call.name, "input": given}


def _result(result: ToolResultPart, path: str, wording: Wording) -> dict[str, object]:
    placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(result.parts)]
    written = [block_of(part, place, "tool", wording) for place, part in placed]
    members = {
        "type": "tool_result",
        "tool_use_id": wording.ids.of_result(result.call_id),
        "content": content_of([block for block in written if block is not None]) or None,
        "is_error": result.is_error or None,
    }
    return said(members)


def content_of(blocks: list[Block]) -> object:
    """A string where that says all."""
    if len(blocks) == 1 and isinstance(blocks[0], dict) and blocks[0].keys() == {"type", "text"}:
        return blocks[0]["text"]
    return blocks


def _media(part: ImagePart | FilePart, path: str, wording: Wording) -> dict[str, object] | None:
    is_image = isinstance(part, ImagePart)
    if is_image and isinstance(part.source, Link) and "inline_images" in wording.traits:
        wording.lose(path, "this vendor takes images by their bytes only")
        return None
    source = image_source(part.source) if is_image else document_source(part.source)
    if source is None:
        wording.lose(path, "Anthropic can't read it: images, PDFs and texts only, and its own files")
        return None
    if isinstance(part, FilePart):
        return said({"type": "document", "source": source, "title": part.filename})
    if part.detail not in (None, "auto"):
        wording.losses.note(f"{path}.detail", "Anthropic has one detail for all images")
    _note_seal(part.seal, path, wording)
    return {"type": "image", "source": source}


def _note_seal(seal: Seal | None, path: str, wording: Wording) -> None:
    if seal is not None:
        wording.losses.note(f"{path}.seal", f"only for a vendor of {seal.dialect}")
