"""The items of a request, into messages.

What the assistant said between two turns of others is one message, though it came in several items: other languages
want its thoughts, text and calls together. A second text begins another message, unless there are calls, whose
results must follow them.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.openai_responses.own import Given, Instructions, Item, Items
from waystation.dialects.openai_responses.parts_in import content_of
from waystation.dialects.openai_responses.seals import seals_text
from waystation.dialects.openai_responses.speech_in import Speech, kind_of, known_members
from waystation.dialects.table import Table
from waystation.wire.chat import (
    NO_EXTRAS,
    AudioPart,
    FilePart,
    ForeignPart,
    ImagePart,
    Message,
    Part,
    Role,
    TextPart,
    ToolResultPart,
)

_SPEAKERS: Final[Mapping[str | None, Role]] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}
_ROLES: Final = "system, developer, user or assistant"
_RESULTS: Final = ("function_call_output", "custom_tool_call_output")
# What comes from the caller's side, or is about the conversation; any other item is the assistant's work.
_FOREIGN_INPUTS: Final = frozenset(
    (
        "additional_tools",
        "apply_patch_call_output",
        "compaction_trigger",
        "computer_call_output",
        "configuration_update",
        "function_call_output",
        "item_reference",
        "local_shell_call_output",
        "mcp_approval_response",
        "shell_call_output",
        "tool_search_output",
    )
)
_INSTEAD: Final = ("prompt", "conversation")  # members that stand for words which only the vendor has


def decode_messages(request: Table) -> tuple[Message, ...]:
    """Raises: BadRequest."""
    first: list[Message] = []
    instructions = content_of(request, "instructions")
    if instructions:
        first.append(Instructions(role="system", parts=instructions))
    for member in _INSTEAD:
        raw = request.raw(member)
        if raw is not None:
            part = ForeignPart(dialect="openai.responses", kind=member, raw=raw)
            first.append(Given(role="user", parts=(part,), member=member))
    if "input" not in request:
        if "previous_response_id" not in request and not any(isinstance(message, Given) for message in first):
            request.wrong("input", "a string or an array of items")
        return tuple(first)
    if request.opens("input") == '"':
        return (*first, Message(role="user", parts=content_of(request, "input")))
    return (*first, *_items(request.rows("input")))


def _items(rows: list[msgspec.Raw]) -> list[Message]:
    script = _Script()
    for at, raw in enumerate(rows):
        script.add(Table(raw, f"input[{at}]"), raw, at)
    script.end_speech()
    return script.messages


class _Script:
    __slots__ = ("_speech", "messages")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._speech: Speech | None = None

    def add(self, item: Table, raw: msgspec.Raw, at: int) -> None:
        kind = _kind_of(item)
        if kind in _RESULTS and "call_id" in item:
            self._put(_result(item, kind))
        elif kind in _FOREIGN_INPUTS:
            self._put(_foreign(kind, raw))
        elif kind == "message" and (role := _role_of(item)) != "assistant":
            self._put(_message(item, role))
        else:
            self._speak(item, kind, raw, at)

    def end_speech(self) -> None:
        speech, self._speech = self._speech, None
        if speech is not None:
            parts, items = tuple(speech.parts), tuple(speech.items)
            self.messages.append(Items(role="assistant", parts=parts, items=items, extras=speech.extras or NO_EXTRAS))

    def _put(self, message: Message) -> None:
        self.end_speech()
        self.messages.append(message)

    def _speak(self, item: Table, kind: str, raw: msgspec.Raw, at: int) -> None:
        speech = self._speech
        begins = kind == "message" or (kind == "reasoning" and not seals_text(raw))
        if speech is not None and begins and speech.has_text and not speech.has_calls:
            self.end_speech()
        if self._speech is None:
            self._speech = Speech("call")
        self._speech.hear(item, kind, raw, at)


def _kind_of(item: Table) -> str:
    """What is only an id refers to an item that the vendor has."""
    if not any(name in item for name in ("type", "role")) and "id" in item:
        return "item_reference"
    return kind_of(item)


def _role_of(item: Table) -> Role:
    role = item.text("role")
    if role not in _SPEAKERS:
        item.wrong("role", _ROLES)
    return _SPEAKERS[role]


def _message(item: Table, role: Role) -> Items:
    parts, members, left = content_of(item), known_members(item), left_in(item)
    return Items(role=role, parts=parts, extras=left, items=(Item("message", len(parts), {**members, **left}),))


def _result(item: Table, kind: str) -> Items:
    call_id = item.need("call_id", item.text("call_id"))
    parts = tuple(_within(part, item) for part in content_of(item, "output"))
    custom, name = kind == "custom_tool_call_output", item.text("name")
    members = known_members(item)
    namespace = item.raw("namespace")
    if namespace is not None:
        members["namespace"] = namespace
    result = ToolResultPart(call_id=call_id, parts=parts, name=name, custom=custom, extras=left_in(item))
    return Items(role="tool", parts=(result,), items=(Item(kind, 1, members),))


def _within(part: Part, item: Table) -> TextPart | ImagePart | FilePart | AudioPart | ForeignPart:
    if not isinstance(part, TextPart | ImagePart | FilePart | AudioPart | ForeignPart):
        item.wrong("output", "what a tool can give: text, images or files")
    return part


def _foreign(kind: str, raw: msgspec.Raw) -> Items:
    part = ForeignPart(dialect="openai.responses", kind=kind, raw=raw)
    return Items(role="user", parts=(part,), items=(Item(kind, 1),))
