"""The messages of a chat request, into words."""

from collections.abc import Mapping
from typing import Final

from waystation.dialects.openai_chat.assistant_in import assistant_parts
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.openai_chat.parts_in import content_of
from waystation.dialects.table import Table
from waystation.wire.chat import (
    AudioPart,
    FilePart,
    ForeignPart,
    ImagePart,
    Message,
    Part,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

_SPEAKERS: Final[Mapping[str | None, Role]] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}
_ROLES: Final = "system, developer, user, assistant, tool or function"


def decode_messages(request: Table) -> tuple[Message, ...]:
    """Raises: BadRequest."""
    messages = request.tables("messages")
    if not messages:
        request.wrong("messages", "an array with at least one message")
    known = _Calls()
    return tuple(_message(message, f"call_{at}", known) for at, message in enumerate(messages))


class _Calls:
    """What a result must know of the calls before it: which were of custom tools, and the id made for a function's."""

    __slots__ = ("custom", "last")

    def __init__(self) -> None:
        self.custom: set[str] = set()
        self.last = "call"

    def note(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, ToolCallPart):
                self.last = part.id
                if part.custom:
                    self.custom.add(part.id)


def _message(message: Table, made: str, known: _Calls) -> Message:
    role = message.text("role")
    if role == "tool":
        identity = message.need("tool_call_id", message.text("tool_call_id"))
        return _result(message, identity or known.last, known)
    if role == "function":
        return _result(message, known.last, known)
    if role not in _SPEAKERS:
        message.wrong("role", _ROLES)
    parts = assistant_parts(message, made) if role == "assistant" else content_of(message)
    known.note(parts)
    name = message.text("name")
    return Message(role=_SPEAKERS[role], parts=parts, name=name, extras=left_in(message))


def _result(message: Table, call_id: str, known: _Calls) -> Message:
    parts = tuple(_within(part, message) for part in content_of(message))
    name, custom = message.text("name"), call_id in known.custom
    result = ToolResultPart(call_id=call_id, parts=parts, name=name, custom=custom)
    return Message(role="tool", parts=(result,), extras=left_in(message))


def _within(part: Part, message: Table) -> TextPart | ImagePart | FilePart | AudioPart | ForeignPart:
    if not isinstance(part, TextPart | ImagePart | FilePart | AudioPart | ForeignPart):
        message.wrong("content", "what a tool can give: text, images, files or sounds")
    return part
