"""The contents of a request, into messages. The results of calls are messages of their own."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import msgspec

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenResult, Rest
from waystation.dialects.gemini_generate.parts_in import joined, part_of
from waystation.wire.chat import NO_EXTRAS, Message, Part, Role, TextPart, ToolCallPart, ToolResultPart

_SPEAKERS: Final[Mapping[str | None, Role]] = {
    None: "user",
    "": "user",
    "user": "user",
    "function": "user",
    "tool": "user",
    "model": "assistant",
}
_replace: Final = msgspec.structs.replace


def decode_contents(request: Fields) -> tuple[Message, ...]:
    """Raises: BadRequest."""
    contents = request.each("contents")
    if not contents:
        request.wrong("contents", "an array with at least one content")
    calls = _Calls()
    system = _system(request)
    messages = [message for at, content in enumerate(contents) for message in _messages(content, at, calls)]
    return (*system, *messages)


class _Calls:
    """Calls whose results have not come yet, for results that say only the function's name."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[ToolCallPart] = []

    def note(self, part: Part) -> Part:
        """The part, with the id of the call that it answers."""
        if isinstance(part, ToolCallPart):
            self._waiting.append(part)
        if not isinstance(part, GivenResult):
            return part
        call = self._answered(part)
        if call is None:
            return part
        self._waiting.remove(call)
        return _replace(part, call_id=call.id, name=part.name or call.name)

    def _answered(self, result: GivenResult) -> ToolCallPart | None:
        """By the id; where only one of both came with any (LangChain's do), by the name."""
        for call in self._waiting:
            if result.numbered and call.id == result.call_id:
                return call
        return next((call for call in self._waiting if call.name == result.name), None)


def _system(request: Fields) -> list[Message]:
    if request.opens("systemInstruction") == '"':
        return [Message(role="system", parts=(TextPart(text=request.text("systemInstruction") or ""),))]
    content = request.table("systemInstruction")
    if content is None:
        return []
    content.raw("role")
    parts = tuple(part_of(raw, path, "") for raw, path in content.placed("parts"))
    return [Message(role="system", parts=parts, extras=content.left())]


def _messages(content: Fields, at: int, calls: _Calls) -> list[Message]:
    role = content.text("role")
    if role not in _SPEAKERS:
        content.wrong("role", "user or model")
    placed = enumerate(content.placed("parts"))
    parts = [calls.note(part_of(raw, path, f"call_{at}_{number}")) for number, (raw, path) in placed]
    extras = content.left()
    return _split(_SPEAKERS[role], parts, Message(role="user", parts=(), extras=extras))


def _split(speaker: Role, parts: Sequence[Part], head: Message) -> list[Message]:
    """One message for each run of results and of other parts; the members of the content stay with the first."""
    runs: list[Message] = []
    for results, run in groupby(parts, key=lambda part: isinstance(part, ToolResultPart)):
        role: Role = "tool" if results else speaker
        if runs:
            runs.append(Rest(role=role, parts=joined(tuple(run))))
        else:
            runs.append(_replace(head, role=role, parts=joined(tuple(run))))
    return runs or [_replace(head, role=speaker, extras=head.extras or NO_EXTRAS)]
