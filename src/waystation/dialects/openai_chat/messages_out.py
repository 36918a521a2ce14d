"""The messages of a conversation, as they are written to a vendor."""

from collections.abc import Sequence
from typing import Final

from waystation.dialects.openai_chat.bounds import call_id_of
from waystation.dialects.openai_chat.citations import citations_of
from waystation.dialects.openai_chat.details import details_of
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.openai_chat.parts_out import Placed, Wording, content_of
from waystation.dialects.table import said
from waystation.wire.chat import (
    AudioPart,
    FilePart,
    ForeignPart,
    ImagePart,
    Message,
    RefusalPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)

_TEXTUAL: Final = (TextPart, ForeignPart)
_ANY: Final = (*_TEXTUAL, ImagePart, FilePart, AudioPart)


class Script:
    """The messages so far. Media that tools gave wait until all the results that belong together are written: a tool's
    message holds text only, so they follow in a message of the user's.
    """

    __slots__ = ("_media", "_wording", "messages")

    def __init__(self, wording: Wording) -> None:
        self.messages: list[object] = []
        self._wording = wording
        self._media: list[object] = []

    def add(self, message: Message, path: str) -> None:
        placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(message.parts)]
        if message.role == "tool":
            self._add_results(message, placed, path)
            return
        self.flush()
        if message.role == "assistant":
            members = _assistant(placed, self._wording)
        else:
            members = {"content": content_of(_textual(placed, message, self._wording), self._wording)}
            members["content"] = members["content"] or ""
        role = message.role
        if role == "developer" and "developer_role" not in self._wording.traits:
            role = "system"
        members = {"role": role, **members} | said({"name": message.name})
        self.messages.append(put(members, self._wording.losses.keep(path, message.extras)))

    def flush(self) -> None:
        if self._media:
            self.messages.append({"role": "user", "content": self._media})
            self._media = []

    def _add_results(self, message: Message, placed: Sequence[Placed], path: str) -> None:
        for place, part in placed:
            if isinstance(part, ToolResultPart):
                extras = self._wording.losses.keep(path, message.extras)
                self.messages.append(put(self._result(part, place), extras))
            else:
                self._wording.losses.note(place, "a tool's message can't hold it", grave=True)

    def _result(self, result: ToolResultPart, path: str) -> dict[str, object]:
        if result.is_error:
            self._wording.losses.note(f"{path}.is_error", "that a tool failed can be told in its text only")
        if result.cache is not None:
            self._wording.losses.note(f"{path}.cache", "vendors of this language cache without being told")
        self._wording.losses.keep(path, result.extras)
        call_id = result.call_id if self._wording.same else call_id_of(result.call_id)
        kept = _ANY if self._wording.same else _TEXTUAL
        placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(result.parts)]
        media = content_of([one for one in placed if not isinstance(one[1], kept)], self._wording)
        text = content_of([one for one in placed if isinstance(one[1], kept)], self._wording)
        if isinstance(media, list):
            self._media += ({"type": "text", "text": f"What the tool call {call_id} gave:"}, *media)
            text = text or "See the message after the tools' results."
        name = result.name if self._wording.same else None
        return said({"role": "tool", "tool_call_id": call_id, "content": text or "", "name": name})


def _textual(placed: Sequence[Placed], message: Message, wording: Wording) -> list[Placed]:
    """All that a user says; of the system's words the text."""
    if message.role == "user" or wording.same:
        return list(placed)
    for path, part in placed:
        if not isinstance(part, _TEXTUAL):
            wording.losses.note(path, f"the {message.role}'s words are text", grave=True)
    return [(path, part) for path, part in placed if isinstance(part, _TEXTUAL)]


def _assistant(placed: Sequence[Placed], wording: Wording) -> dict[str, object]:
    content: list[Placed] = []
    refusals: list[str] = []
    thoughts: list[tuple[str, ThinkingPart]] = []
    calls: list[object] = []
    for place, part in placed:
        match part:
            case ThinkingPart():
                thoughts.append((place, part))
            case ToolCallPart():
                calls += _call(part, place, wording)
            case RefusalPart():
                refusals.append(part.text)
            case TextPart() | ForeignPart():
                content.append((place, part))
            case _ if wording.same:
                content.append((place, part))
            case _:
                wording.losses.note(place, "the assistant's words are text", grave=True)
    text = content_of(content, wording, between="")
    members: dict[str, object] = {"content": text if calls or refusals else text or ""}
    members |= said({"refusal": "".join(refusals) or None, "tool_calls": calls or None})
    if wording.same:
        texts = tuple(part for _, part in content if isinstance(part, TextPart))
        members |= said({"annotations": citations_of(texts, own=True)})
    return members | _thoughts(thoughts, wording, in_tools=bool(calls))


def _call(call: ToolCallPart, path: str, wording: Wording) -> list[object]:
    if call.custom and "custom_tools" not in wording.traits:
        wording.losses.note(path, "this vendor knows functions only", grave=True)
        return []
    kind, name = ("custom", "input") if call.custom else ("function", "arguments")
    call_id = call.id if wording.same else call_id_of(call.id)
    members: dict[str, object] = {"id": call_id, "type": kind, kind: {"name": call.name, name: call.arguments}}
    if call.seal is not None and call.seal.dialect == "openai.chat":
        members["extra_content"] = {"google": {"thought_signature": call.seal.text}}
    elif call.seal is not None:
        wording.losses.note(f"{path}.seal", f"only for a vendor of {call.seal.dialect}")
    if call.cache is not None:
        wording.losses.note(f"{path}.cache", "vendors of this language cache without being told")
    return [put(members, wording.losses.keep(path, call.extras))]


def _thoughts(thoughts: Sequence[tuple[str, ThinkingPart]], wording: Wording, *, in_tools: bool) -> dict[str, object]:
    """What it thought matters to the model between a call and its result; anywhere else vendors drop it themselves."""
    back = "reasoning_content" in wording.traits
    own = []
    for path, thought in thoughts:
        if thought.seal is not None and thought.seal.dialect == "openai.chat":
            own.append(thought)
        elif thought.seal is not None and (back or in_tools):
            wording.losses.note(f"{path}.seal", f"only for a vendor of {thought.seal.dialect}")
        if in_tools and not back and thought.text:
            wording.losses.note(path, "this vendor is not told what the assistant thought")
        wording.losses.keep(path, thought.extras)
    if not back:
        return {}
    text = "".join(thought.text for _, thought in thoughts)
    return said({"reasoning_content": text or None, "reasoning_details": details_of(own)})
