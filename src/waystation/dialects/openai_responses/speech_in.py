"""What the assistant said in one or more items, in a request's history or in an answer."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.openai_responses.own import Item, SpacedCall, Summaries
from waystation.dialects.openai_responses.parts_in import content_of
from waystation.dialects.openai_responses.seals import Owned, seal_of
from waystation.dialects.openai_responses.spaces import flat_name
from waystation.dialects.table import Table
from waystation.wire.chat import Extras, ForeignPart, Part, Seal, TextPart, ThinkingPart, ToolCallPart

CALLS: Final = ("function_call", "custom_tool_call")
_BREAK: Final = "\n\n"
_replace: Final = msgspec.structs.replace
_ID: Final = msgspec.json.Decoder(str)


def joined(summary: tuple[str, ...], content: tuple[str, ...]) -> str:
    """The thoughts of a reasoning item as one text."""
    return _BREAK.join(text for text in (*summary, *content) if text)


def kind_of(item: Table) -> str:
    """An item's type; only a message can do without."""
    kind = item.text("type")
    if kind is None and "role" not in item:
        item.wrong("type", "given")
    return kind or "message"


def known_members(item: Table) -> dict[str, msgspec.Raw]:
    """What an item says of itself that no other language has to be told."""
    found = {name: item.raw(name) for name in ("id", "status")}
    return {name: value for name, value in found.items() if value is not None}


class Speech:
    """The parts so far, and the items that they came in.

    `made` names calls without an id. `answer`: errors are the vendor's, and thoughts that hold nothing are left out.
    """

    __slots__ = ("_answer", "_made", "_seals", "extras", "items", "parts")

    def __init__(self, made: str, *, answer: bool = False) -> None:
        self.parts: list[Part] = []
        self.items: list[Item] = []
        self.extras: dict[str, msgspec.Raw] = {}
        self._made = made
        self._answer = answer
        self._seals: dict[str, Seal] = {}

    @property
    def has_calls(self) -> bool:
        return any(isinstance(part, ToolCallPart) for part in self.parts)

    @property
    def has_text(self) -> bool:
        return any(item.kind == "message" for item in self.items)

    def hear(self, item: Table, kind: str, raw: msgspec.Raw, at: int) -> None:
        """The item with the number `at`. Raises: BadRequest, or BadAnswer for an `answer`, as `Table` does."""
        match kind:
            case "message":
                self._message(item)
            case "reasoning":
                self._reasoning(item)
            case "function_call" | "custom_tool_call":
                self._call(item, kind, at)
            case _:
                self._add(kind, (ForeignPart(dialect="openai.responses", kind=kind, raw=raw),))

    def _add(self, kind: str, parts: tuple[Part, ...], members: Extras | None = None) -> None:
        self.parts += parts
        self.items.append(Item(kind, len(parts), members or {}))

    def _message(self, item: Table) -> None:
        item.raw("role")
        parts = content_of(item, answer=self._answer)
        members = known_members(item)
        left = left_in(item)
        self.extras = {**left, **self.extras}
        self._add("message", parts, {**members, **left})

    def _call(self, item: Table, kind: str, at: int) -> None:
        custom = kind == "custom_tool_call"
        call_id = item.text("call_id")
        members = known_members(item)
        identity = call_id or f"{self._made}_{at}"
        bare, space = item.text("name") or "", item.text("namespace")
        arguments = item.text("input" if custom else "arguments") or ""
        seal = self._seals.pop(identity, None) or self._seals.pop("", None)
        extras = left_in(item)
        if space is None:
            call = ToolCallPart(id=identity, name=bare, arguments=arguments, custom=custom, seal=seal, extras=extras)
        else:
            call = SpacedCall(
                id=identity,
                name=flat_name(space, bare),
                arguments=arguments,
                custom=custom,
                seal=seal,
                extras=extras,
                space=space,
                bare=bare,
            )
        self._add(kind, (call,), members)

    def _reasoning(self, item: Table) -> None:
        summary = tuple(_texts(item, "summary"))
        content = tuple(_texts(item, "content"))
        members, encrypted = known_members(item), item.text("encrypted_content")
        owned = None if not encrypted else seal_of(_id_in(members), encrypted)
        if owned is not None and owned.owner in ("call", "text"):
            self._give(owned)
            return
        seal = None if owned is None else owned.seal
        text = joined(summary, content)
        if self._answer and not text and seal is None:
            return
        redacted = owned is not None and owned.owner == "redacted"
        part: ThinkingPart = Summaries(
            text=text, seal=seal, redacted=redacted, extras=left_in(item), summary=summary, content=content
        )
        self._add("reasoning", (part,), members)

    def _give(self, owned: Owned) -> None:
        """The seal to the part that it belongs to, which may still come."""
        for at in reversed(range(len(self.parts))):
            part = self.parts[at]
            if owned.owner == "text" and isinstance(part, TextPart):
                self.parts[at] = _replace(part, seal=owned.seal)
                return
            if owned.call_id and isinstance(part, ToolCallPart) and part.id == owned.call_id:
                self.parts[at] = _replace(part, seal=owned.seal)
                return
        if owned.owner == "call":
            self._seals[owned.call_id] = owned.seal


def _texts(item: Table, name: str) -> list[str]:
    """The texts of a summary or of open thoughts."""
    return [row.text("text") or "" for row in item.tables(name)] if item.opens(name) == "[" else []


def _id_in(members: Extras) -> str:
    raw = members.get("id")
    if raw is None or not bytes(raw).startswith(b'"'):
        return ""
    try:
        return _ID.decode(raw)
    except UNREADABLE:
        return ""
