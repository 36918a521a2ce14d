"""The reasoning items of a stream. A caller that does not want to see thoughts still gets their seals."""

from waystation.dialects.openai_responses.items_out import reasoning_item
from waystation.dialects.openai_responses.seals import sealed_thoughts
from waystation.dialects.openai_responses.telling import Teller
from waystation.wire.chat import Seal
from waystation.wire.events import ThinkingDelta


class ThoughtWriting:
    """An item begins as soon as there is something to show of it."""

    __slots__ = ("_at", "_block", "_hidden", "_id", "_redacted", "_seal", "_teller", "_texts")

    def __init__(self, teller: Teller, *, hidden: bool) -> None:
        self._teller = teller
        self._hidden = hidden
        self._at: int | None = None
        self._block: int | None = None
        self._id = ""
        self._redacted = False
        self._seal: Seal | None = None
        self._texts: list[str] = []

    def think(self, event: ThinkingDelta) -> bytes:
        """If the block before it is another one, that must have ended."""
        self._block = event.block
        self._redacted = self._redacted or event.redacted
        if not event.text or self._hidden:
            return b""
        out = self._begin()
        if not self._texts:
            part = {"type": "summary_text", "text": ""}
            out += self._teller.tell("response.reasoning_summary_part.added", {**self._place(), "part": part})
        self._texts.append(event.text)
        members = {**self._place(), "delta": event.text}
        return out + self._teller.tell("response.reasoning_summary_text.delta", members)

    def holds(self, block: int) -> bool:
        return self._block == block

    def seal(self, seal: Seal) -> None:
        self._seal = seal

    def end(self) -> bytes:
        """Thoughts with neither text nor seal leave no trace."""
        seal, self._seal, self._block = self._seal, None, None
        redacted, self._redacted = self._redacted, False
        if seal is None and self._at is None:
            return b""
        out = self._begin() + self._end_text()
        encrypted = None if seal is None else sealed_thoughts(seal, redacted=redacted)
        at, self._at = self._at or 0, None
        text, self._texts = "".join(self._texts), []
        return out + self._teller.done(at, reasoning_item(self._id, text, encrypted))

    def _begin(self) -> bytes:
        if self._at is not None:
            return b""
        self._at = self._teller.begin()
        self._id = self._teller.names.item("rs", self._at)
        return self._teller.added(self._at, reasoning_item(self._id))

    def _end_text(self) -> bytes:
        text = "".join(self._texts)
        if not text:
            return b""
        part = {"type": "summary_text", "text": text}
        done = self._teller.tell("response.reasoning_summary_text.done", {**self._place(), "text": text})
        return done + self._teller.tell("response.reasoning_summary_part.done", {**self._place(), "part": part})

    def _place(self) -> dict[str, object]:
        return {"item_id": self._id, "output_index": self._at, "summary_index": 0}
