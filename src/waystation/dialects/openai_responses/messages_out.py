"""The messages of a conversation, as items that are written to a vendor."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from waystation.dialects.openai_responses.nested import put
from waystation.dialects.openai_responses.own import Given, Instructions, Items, SpacedCall, Summaries
from waystation.dialects.openai_responses.parts_out import Placed, Wording, content_of
from waystation.dialects.openai_responses.seals import DIALECT, own_of
from waystation.dialects.openai_responses.speech_in import joined
from waystation.dialects.table import said
from waystation.wire.chat import (
    NO_EXTRAS,
    Extras,
    ForeignPart,
    Message,
    Part,
    Role,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)

_ID_MAX_CHARS: Final = 64  # OpenAI's own bound on call_id
_MESSAGE: Final = "message"

_Group = tuple[str, Sequence[Placed], Extras]  # an item's type, its parts, and what else it says of itself


class Script:
    """The items so far, and `members` of the request that stand beside them."""

    __slots__ = ("_names", "_wording", "items", "members")

    def __init__(self, wording: Wording) -> None:
        self.items: list[object] = []
        self.members: dict[str, object] = {}
        self._names: dict[str, str] = {}
        self._wording = wording

    def add(self, message: Message, path: str) -> None:
        placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(message.parts)]
        if isinstance(message, Instructions):
            self.members["instructions"] = _instructions(placed, self._wording)
        elif isinstance(message, Given):
            self.members[message.member] = message.parts[0].raw if isinstance(message.parts[0], ForeignPart) else None
        else:
            extras = self._wording.losses.keep(path, message.extras)
            if message.name is not None:
                self._wording.losses.note(f"{path}.name", "speakers have no names here")
            for kind, parts, members in _groups(message, placed, extras):
                self._add_item(kind, parts, _without_id(members) if self._wording.mixed else members, message.role)

    def _add_item(self, kind: str, placed: Sequence[Placed], members: Extras, role: Role) -> None:
        if kind == _MESSAGE:
            content = content_of(placed, role, self._wording)
            if content or not placed:
                self.items.append(put({"type": _MESSAGE, "role": role, "content": content}, members))
            return
        for path, part in placed:
            item = self._item(part, path, members)
            if item is not None:
                self.items.append(item)

    def _item(self, part: Part, path: str, members: Extras) -> object | None:
        match part:
            case ThinkingPart():
                return _reasoning(part, path, members, self._wording)
            case ToolCallPart():
                return self._call(part, path, members)
            case ToolResultPart():
                return self._result(part, path, members)
            case ForeignPart(dialect="openai.responses"):
                return part.raw
            case _:
                self._wording.losses.note(path, "no item can hold it", grave=True)
                return None

    def _call(self, call: ToolCallPart, path: str, members: Extras) -> dict[str, object]:
        kind, name = ("custom_tool_call", "input") if call.custom else ("function_call", "arguments")
        space = {"namespace": call.space} if isinstance(call, SpacedCall) else {}
        bare = call.bare if isinstance(call, SpacedCall) else call.name
        item: dict[str, object] = {"type": kind, "call_id": self._id(call.id), "name": bare, **space}
        item[name] = call.arguments
        if call.seal is not None:
            self._wording.losses.note(f"{path}.seal", f"only for a vendor of {call.seal.dialect}")
        if call.cache is not None:
            self._wording.losses.note(f"{path}.cache", "vendors of this language cache without being told")
        return put(put(item, self._wording.losses.keep(path, call.extras)), members)

    def _result(self, result: ToolResultPart, path: str, members: Extras) -> dict[str, object]:
        if result.is_error:
            self._wording.losses.note(f"{path}.is_error", "that a tool failed can be told in its text only")
        if result.cache is not None:
            self._wording.losses.note(f"{path}.cache", "vendors of this language cache without being told")
        kind = "custom_tool_call_output" if result.custom else "function_call_output"
        item: dict[str, object] = {"type": kind, "call_id": self._id(result.call_id)}
        item["output"] = self._output(result, path)
        if self._wording.same:
            item |= said({"name": result.name})
        return put(put(item, self._wording.losses.keep(path, result.extras)), members)

    def _output(self, result: ToolResultPart, path: str) -> str | list[object]:
        """A string where the source could have given one."""
        match result.parts:
            case ():
                return ""
            case (TextPart(text=text, annotations=(), extras=extras, cache=None),) if not extras:
                return text
            case parts:
                placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(parts)]
                return content_of(placed, "tool", self._wording) or ""

    def _id(self, call_id: str) -> str:
        """Ids of other vendors may be longer than OpenAI takes: the same one is always cut to the same."""
        if len(call_id) <= _ID_MAX_CHARS:
            return call_id
        return self._names.setdefault(call_id, f"call_{len(self._names)}_{call_id[-_ID_MAX_CHARS // 2 :]}")


def _groups(message: Message, placed: Sequence[Placed], extras: Extras) -> Iterable[_Group]:
    """The items of a message: as they came, else texts that follow each other in one, and any other part alone."""
    if isinstance(message, Items) and sum(item.count for item in message.items) == len(placed):
        at = 0
        for item in message.items:
            yield item.kind, placed[at : at + item.count], item.members
            at += item.count
        return
    if message.role != "assistant":
        yield "output" if message.role == "tool" else _MESSAGE, placed, extras
        return
    for kind, parts in groupby(placed, key=lambda one: _kind_of(one[1])):
        yield kind, list(parts), extras if kind == _MESSAGE else NO_EXTRAS


def _kind_of(part: Part) -> str:
    return "item" if isinstance(part, ThinkingPart | ToolCallPart | ToolResultPart | ForeignPart) else _MESSAGE


def _instructions(placed: Sequence[Placed], wording: Wording) -> object:
    match placed:
        case [(_, TextPart(text=text, extras=extras))] if not extras:
            return text
        case _:
            return content_of(placed, "system", wording)


def _reasoning(part: ThinkingPart, path: str, members: Extras, wording: Wording) -> dict[str, object] | None:
    """A vendor takes thoughts back with its own seal; those of open models have none, and are this language's only."""
    seal = part.seal
    if seal is not None and seal.dialect != DIALECT:
        wording.losses.note(f"{path}.seal", f"only for a vendor of {seal.dialect}")
    known = seal is not None and seal.dialect == DIALECT
    if not known and (seal is not None or wording.mixed or not wording.same):
        if part.text:
            wording.losses.note(path, "vendors of this language take back only what they have sealed")
        return None
    item: dict[str, object] = {"type": "reasoning"}
    if seal is not None:
        identity, encrypted = own_of(seal)
        item |= said({"id": identity or None}) | _thoughts(part) | {"encrypted_content": encrypted}
    else:
        item |= _thoughts(part)
    return put(put(item, wording.losses.keep(path, part.extras)), members)


def _without_id(members: Extras) -> Extras:
    return {name: value for name, value in members.items() if name != "id"}


def _thoughts(part: ThinkingPart) -> dict[str, object]:
    summary: tuple[str, ...] = (part.text,) if part.text else ()
    content: tuple[str, ...] = ()
    if isinstance(part, Summaries) and joined(part.summary, part.content) == part.text:
        summary, content = part.summary, part.content
    open_ = [{"type": "reasoning_text", "text": text} for text in content]
    return {"summary": [{"type": "summary_text", "text": text} for text in summary]} | said({"content": open_ or None})
