"""The messages of a conversation, as the contents of a request."""

from collections.abc import Sequence

from waystation.dialects.gemini_generate.nested import put
from waystation.dialects.gemini_generate.own import Rest
from waystation.dialects.gemini_generate.parts_out import Placed, Wording, Written, part_of, result_of
from waystation.dialects.gemini_generate.quirks import UNSIGNED
from waystation.wire.chat import ForeignPart, Message, TextPart, ToolResultPart

_SYSTEM = ("system", "developer")


class Script:
    """The contents so far, and the instruction before them.

    Messages that follow each other from one side are one content; but results stand alone, as Gemini wants as many of
    them as there were calls, and media that have no room in them follow in a content of the user's.
    """

    __slots__ = ("_kind", "_media", "_parts", "_wording", "contents", "instruction")

    def __init__(self, wording: Wording) -> None:
        self.contents: list[dict[str, object]] = []
        self.instruction: dict[str, object] | None = None
        self._wording = wording
        self._kind = ""
        self._parts: list[object] = []
        self._media: list[object] = []

    def add(self, message: Message, path: str) -> None:
        if message.name is not None:
            self._wording.losses.note(f"{path}.name", "Gemini's contents have no names")
        placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(message.parts)]
        if message.role in _SYSTEM:
            self._instruct(message, placed, path)
            return
        if message.role != "tool":
            self._flush()
        parts = self._results(placed) if message.role == "tool" else self._written(placed)
        self._put(message, parts, path)

    def end(self) -> None:
        """To be called after the last message."""
        self._flush()
        if self._wording.family.signs:
            for content in self.contents:
                _sign(content)

    def _instruct(self, message: Message, placed: Sequence[Placed], path: str) -> None:
        """Only the words at the head can be the instruction."""
        parts = self._written(placed if self._wording.same else self._textual(placed))
        extras = self._wording.losses.keep(path, message.extras)
        if self.contents:
            self._flush()
            self._wording.losses.note(path, f"only the first words can be the {message.role}'s: these are the user's")
            self._put(Message(role="user", parts=()), parts, path)
        elif self.instruction is None:
            self.instruction = put({"parts": parts}, extras) if parts or extras else None
        else:
            before = self.instruction["parts"]
            assert isinstance(before, list)
            before += parts

    def _textual(self, placed: Sequence[Placed]) -> list[Placed]:
        for place, part in placed:
            if not isinstance(part, TextPart | ForeignPart):
                self._wording.lose(place, "an instruction is text")
        return [(place, part) for place, part in placed if isinstance(part, TextPart | ForeignPart)]

    def _put(self, message: Message, parts: Sequence[object], path: str) -> None:
        extras = self._wording.losses.keep(path, message.extras)
        role = "model" if message.role == "assistant" else "user"
        kind = "tool" if message.role == "tool" else role
        goes_on = isinstance(message, Rest) if self._wording.same else kind == self._kind
        if goes_on and self.contents:
            self._parts += parts
        elif parts or self._wording.same:
            self._parts = list(parts)
            self.contents.append(put({"role": role, "parts": self._parts}, extras))
        else:
            return
        self._kind = kind

    def _written(self, placed: Sequence[Placed]) -> list[Written]:
        parts = (part_of(part, place, self._wording) for place, part in placed)
        return [part for part in parts if part is not None]

    def _results(self, placed: Sequence[Placed]) -> list[Written]:
        parts: list[Written] = []
        for place, part in placed:
            if isinstance(part, ToolResultPart):
                written, media = result_of(part, place, self._wording)
                parts.append(written)
                self._media += media
            else:
                self._wording.lose(place, "a message of results can't hold it")
        return parts

    def _flush(self) -> None:
        if self._media:
            media, self._media = self._media, []
            self._put(Message(role="user", parts=()), media, "")


def _sign(content: dict[str, object]) -> None:
    """The first call of a content has the word that stands for a signature, if it has none of its own."""
    parts = content["parts"]
    assert isinstance(parts, list)
    first = next((part for part in parts if isinstance(part, dict) and "functionCall" in part), None)
    if first is not None:
        first.setdefault("thoughtSignature", UNSIGNED)
