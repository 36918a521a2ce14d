"""The items of an answer as a caller of this language reads them."""

from typing import Final, Literal

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.openai_responses.spaces import Spaces
from waystation.dialects.table import said
from waystation.wire.chat import Annotation

NOTHING: Final = msgspec.Raw(b"[]")
_PREFIX: Final = "call_"

Status = Literal["in_progress", "completed", "incomplete"]


class _Flat(msgspec.Struct):
    """Of this language's citations each has one of these; in chat's, the address stands deeper."""

    type: str
    url: str | None = None
    file_id: str | None = None


_FLAT: Final = msgspec.json.Decoder(_Flat)
_OF_FILES: Final = ("file_citation", "container_file_citation", "file_path")


class Names:
    """Ids for what one answer holds: the same call has the same ones."""

    __slots__ = ("_suffix",)

    def __init__(self, call_id: str) -> None:
        self._suffix = call_id.removeprefix(_PREFIX)

    def response(self) -> str:
        return f"resp_{self._suffix}"

    def item(self, prefix: str, at: int) -> str:
        return f"{prefix}_{self._suffix}_{at}"


def message_item(identity: str, content: list[object], status: Status = "completed") -> dict[str, object]:
    return {"id": identity, "type": "message", "status": status, "role": "assistant", "content": content}


def text_part(text: str, annotations: list[object], logprobs: msgspec.Raw | None = None) -> dict[str, object]:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": logprobs or NOTHING}


def refusal_part(text: str) -> dict[str, object]:
    return {"type": "refusal", "refusal": text}


def reasoning_item(identity: str, text: str = "", encrypted: str | None = None) -> dict[str, object]:
    summary = [{"type": "summary_text", "text": text}] if text else []
    return {"id": identity, "type": "reasoning", "summary": summary} | said({"encrypted_content": encrypted})


def image_item(identity: str, data: str) -> dict[str, object]:
    return {"id": identity, "type": "image_generation_call", "status": "completed", "result": data}


def call_item(
    identity: str,
    call_id: str,
    name: str,
    arguments: str,
    spaces: Spaces,
    *,
    custom: bool,
    status: Status = "completed",
) -> dict[str, object]:
    kind, holder = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
    space, bare = spaces.get(name, (None, name))
    members = {"id": identity, "type": kind, "status": status, "call_id": call_id, "name": bare, "namespace": space}
    return {**said(members), holder: arguments}


def citation_of(annotation: Annotation, text: str) -> object | None:
    """The citation on a text as it is written; None if it names neither an address nor one of OpenAI's files."""
    try:
        flat = _FLAT.decode(annotation.raw)
    except UNREADABLE:
        flat = _Flat("")
    if (flat.type == "url_citation" and flat.url is not None) or (flat.type in _OF_FILES and flat.file_id is not None):
        return annotation.raw
    if annotation.url is None:
        return None
    return {
        "type": "url_citation",
        "url": annotation.url,
        "title": annotation.title or "",
        "start_index": annotation.start or 0,
        "end_index": len(text) if annotation.end is None else annotation.end,
    }
