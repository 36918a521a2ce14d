"""The parts of a conversation, as they are written to a vendor."""

from collections.abc import Mapping, Sequence

import msgspec

from waystation.dialects.gemini_generate.media import Media, data_of
from waystation.dialects.gemini_generate.nested import put
from waystation.dialects.gemini_generate.own import GivenResult, Unnumbered
from waystation.dialects.gemini_generate.quirks import Family
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import (
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)

_BREAK = "\n\n"
_SEEN = ("image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain")  # in a function's result
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

Placed = tuple[str, Part]  # a part, and its path
Written = dict[str, object] | msgspec.Raw


class Wording(msgspec.Struct, frozen=True):
    """How one request is said: to which family of models, and what could not be said so far.

    `names` are the functions' names by the ids of their calls.
    """

    losses: Losses
    family: Family
    names: Mapping[str, str]

    @property
    def same(self) -> bool:
        """The request was written in this very language."""
        return self.losses.source == self.losses.target

    def lose(self, path: str, reason: str) -> None:
        self.losses.note(path, reason, grave=True)


def part_of(part: Part, path: str, wording: Wording) -> Written | None:
    """None if it can't be said, which is noted, or if it says nothing."""
    members: dict[str, object] | None
    match part:
        case TextPart() | RefusalPart():
            members = _text(part, path, wording)
        case ThinkingPart():
            members = _thought(part, path, wording)
        case ToolCallPart():
            members = _call(part, path, wording)
        case ForeignPart(dialect="gemini.generate"):
            return part.raw
        case ForeignPart() | ToolResultPart():
            wording.lose(path, "Gemini has no such part")
            return None
        case _:
            members = _media(part, path, wording)
    if part.cache is not None:
        wording.losses.note(f"{path}.cache", "Gemini caches without being told")
    return None if members is None else put(members, wording.losses.keep(path, part.extras))


def result_of(result: ToolResultPart, path: str, wording: Wording) -> tuple[dict[str, object], list[object]]:
    """The part, and the media that have no room in it: they are for a content of their own."""
    if isinstance(result, GivenResult) and wording.same:
        return _given(result, path, wording), []
    inner: list[object] = []
    apart: list[object] = []
    texts: list[str] = []
    for at, part in enumerate(result.parts):
        if isinstance(part, TextPart):
            texts.append(part.text)
            continue
        written = part_of(part, f"{path}.parts[{at}]", wording)
        if written is not None:
            (inner if wording.family.sees_results and _is_seen(part) else apart).append(written)
    name = result.name or wording.names.get(result.call_id)
    if name is None:
        wording.losses.note(f"{path}.name", "no call before it has its id, so its function's name is not known")
    if result.cache is not None:
        wording.losses.note(f"{path}.cache", "Gemini caches without being told")
    members = {
        "id": result.call_id,
        "name": name or result.call_id,
        "response": _response(_BREAK.join(texts), is_error=result.is_error),
        "parts": inner or None,
    }
    if apart:
        apart = [{"text": f"What the function call {result.call_id} gave:"}, *apart]
    return put({"functionResponse": said(members)}, wording.losses.keep(path, result.extras)), apart


def signature_of(seal: Seal | None, path: str, wording: Wording) -> dict[str, object]:
    if seal is None:
        return {}
    if seal.dialect == "gemini.generate":
        return {"thoughtSignature": seal.text}
    wording.losses.note(f"{path}.seal", f"only for a vendor of {seal.dialect}")
    return {}


def object_of(text: str) -> msgspec.Raw | None:
    """JSON text as it is, if it is an object."""
    try:
        _OBJECT.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return msgspec.Raw(text.encode())


def arguments_of(text: str) -> object:
    """What a model wrote into a call: an object, or its whole text as one member if it is none."""
    if not text.strip():
        return {}
    return object_of(text) or {"input": text}


def _text(part: TextPart | RefusalPart, path: str, wording: Wording) -> dict[str, object] | None:
    signature: dict[str, object] = {}
    if isinstance(part, TextPart):
        signature = signature_of(part.seal, path, wording)
        if part.annotations:
            wording.losses.note(f"{path}.annotations", "citations are not sent back")
    if not part.text and not signature and not wording.same:
        return None  # Gemini refuses a part without anything
    return {"text": part.text} | signature


def _thought(part: ThinkingPart, path: str, wording: Wording) -> dict[str, object] | None:
    signature = signature_of(part.seal, path, wording)
    if signature or (wording.same and part.seal is None):
        return {"text": part.text, "thought": True} | signature
    wording.losses.note(path, "Gemini is told its own thoughts only")
    return None


def _call(call: ToolCallPart, path: str, wording: Wording) -> dict[str, object]:
    arguments = arguments_of(call.arguments)
    if isinstance(arguments, dict) and arguments and not call.custom:
        wording.losses.note(f"{path}.arguments", "they are no JSON object, so they are said in one")
    identity = None if isinstance(call, Unnumbered) and wording.same else call.id
    members = said({"id": identity, "name": call.name, "args": arguments})
    return {"functionCall": members} | signature_of(call.seal, path, wording)


def _media(part: Media, path: str, wording: Wording) -> dict[str, object] | None:
    if not wording.same and isinstance(part, FilePart) and part.filename is not None:
        wording.losses.note(f"{path}.filename", "Gemini's files have no names")
        part = msgspec.structs.replace(part, filename=None)
    members = data_of(part)
    if members is None:
        wording.lose(path, "a file that was uploaded to another vendor")
        return None
    if isinstance(part, ImagePart):
        if part.detail not in (None, "auto"):
            wording.losses.note(f"{path}.detail", "Gemini has one detail for all images")
        members |= signature_of(part.seal, path, wording)
    return members


def _is_seen(part: Part) -> bool:
    return isinstance(part, ImagePart | FilePart) and (
        isinstance(part.source, Inline) and part.source.media_type in _SEEN
    )


def _response(text: str, *, is_error: bool) -> object:
    """Gemini takes a "$ref" in it for the name of a part (.../docs/function-calling#multimodal, 2026-11)."""
    found = None if '"$ref"' in text else object_of(text)
    if is_error:
        return {"error": found or text}
    return found or {"output": text}


def _given(result: GivenResult, path: str, wording: Wording) -> dict[str, object]:
    media: Sequence[Placed] = [
        (f"{path}.parts[{at}]", part) for at, part in enumerate(result.parts) if not isinstance(part, TextPart)
    ]
    inner = [part_of(part, place, wording) for place, part in media]
    members = {
        "id": result.call_id if result.numbered else None,
        "name": result.name,
        "response": result.response,
        "parts": inner or None,
    }
    return put({"functionResponse": said(members)}, result.extras)
