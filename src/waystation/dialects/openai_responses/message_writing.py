"""The messages of a stream: texts and refusals that follow each other are parts of one."""

import msgspec

from waystation.dialects.openai_responses.items_out import (
    NOTHING,
    Status,
    citation_of,
    message_item,
    refusal_part,
    text_part,
)
from waystation.dialects.openai_responses.seals import sealed_text
from waystation.dialects.openai_responses.telling import Teller
from waystation.wire.chat import Seal
from waystation.wire.events import Annotated, RefusalDelta, TextDelta


class _Piece:
    """A part that has not ended."""

    __slots__ = ("annotations", "block", "logprobs", "refusal", "seal", "texts")

    def __init__(self, block: int, *, refusal: bool) -> None:
        self.block = block
        self.refusal = refusal
        self.texts: list[str] = []
        self.annotations: list[object] = []
        self.logprobs: list[msgspec.Raw] = []
        self.seal: Seal | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def tokens(self) -> msgspec.Raw:
        if len(self.logprobs) < 2:
            return self.logprobs[0] if self.logprobs else NOTHING
        rows = [bytes(raw).strip()[1:-1] for raw in self.logprobs]
        return msgspec.Raw(b"[%s]" % b",".join(row for row in rows if row.strip()))

    def part(self) -> dict[str, object]:
        return refusal_part(self.text) if self.refusal else text_part(self.text, self.annotations, self.tokens)


class MessageWriting:
    """`refused`: there was a refusal."""

    __slots__ = ("_at", "_content", "_id", "_piece", "_teller", "refused")

    def __init__(self, teller: Teller) -> None:
        self.refused = False
        self._teller = teller
        self._at: int | None = None
        self._id = ""
        self._content: list[object] = []
        self._piece: _Piece | None = None

    def say(self, event: TextDelta) -> bytes:
        """What a vendor gives for token odds may be anything: only a list of them is told."""
        begun, piece = self._in(event.block, refusal=False)
        tokens = event.logprobs if event.logprobs is not None and bytes(event.logprobs).startswith(b"[") else None
        if not event.text and tokens is None:
            return begun
        piece.texts.append(event.text)
        if tokens is not None:
            piece.logprobs.append(tokens)
        members = {**self._place(), "delta": event.text, "logprobs": tokens or NOTHING}
        return begun + self._teller.tell("response.output_text.delta", members)

    def refuse(self, event: RefusalDelta) -> bytes:
        self.refused = True
        begun, piece = self._in(event.block, refusal=True)
        piece.texts.append(event.text)
        return begun + self._teller.tell("response.refusal.delta", {**self._place(), "delta": event.text})

    def cite(self, event: Annotated) -> bytes:
        begun, piece = self._in(event.block, refusal=False)
        citation = citation_of(event.annotation, piece.text)
        if citation is None:
            return begun
        members = {**self._place(), "annotation_index": len(piece.annotations), "annotation": citation}
        piece.annotations.append(citation)
        return begun + self._teller.tell("response.output_text.annotation.added", members)

    def holds(self, block: int) -> bool:
        return self._piece is not None and self._piece.block == block

    def seal(self, seal: Seal) -> None:
        assert self._piece is not None
        self._piece.seal = seal

    def end_part(self) -> bytes:
        """The part that is open ends. If it is sealed, so does the message, and its seal follows it."""
        piece = self._piece
        if piece is None:
            return b""
        if piece.refusal:
            out = self._teller.tell("response.refusal.done", {**self._place(), "refusal": piece.text})
        else:
            members = {**self._place(), "text": piece.text, "logprobs": piece.tokens}
            out = self._teller.tell("response.output_text.done", members)
        part = piece.part()
        out += self._teller.tell("response.content_part.done", {**self._place(), "part": part})
        self._content.append(part)
        self._piece = None
        return out if piece.seal is None else out + self.end() + self._teller.seal("rs_text", sealed_text(piece.seal))

    def end(self, status: Status = "completed") -> bytes:
        out = self.end_part()
        if self._at is None:
            return out
        item = message_item(self._id, self._content, status)
        out += self._teller.done(self._at, item)
        self._at, self._content = None, []
        return out

    def _in(self, block: int, *, refusal: bool) -> tuple[bytes, _Piece]:
        """The part that a block is, and what begins it if this is its first word."""
        if self._piece is not None and self._piece.block == block:
            return b"", self._piece
        out = self.end_part()
        if self._at is None:
            self._at = self._teller.begin()
            self._id = self._teller.names.item("msg", self._at)
            out += self._teller.added(self._at, message_item(self._id, [], "in_progress"))
        piece = self._piece = _Piece(block, refusal=refusal)
        return out + self._teller.tell("response.content_part.added", {**self._place(), "part": piece.part()}), piece

    def _place(self) -> dict[str, object]:
        return {"item_id": self._id, "output_index": self._at, "content_index": len(self._content)}
