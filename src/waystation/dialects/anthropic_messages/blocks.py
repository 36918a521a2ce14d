"""The blocks of a stream for the caller: one after another, whatever order the words come in.

Calls may overlap in the hub's words. Here the oldest block that is still open is written as it comes, and what belongs
to later ones waits until those before it have ended.
"""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.seals import (
    NATIVE,
    OF_LAST_CALL,
    OF_LAST_TEXT,
    OF_NEXT_CALL,
    marked,
)
from waystation.dialects.seal import shown
from waystation.wire.chat import Seal

Members = dict[str, object]

_EMPTY: Final[dict[str, Members]] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
}
_WITH_INPUT: Final = frozenset(("server_tool_use", "mcp_tool_use"))
_HELD_MOST: Final = 1  # pieces of a call that wait for its seal, which belongs before it; vendors that seal send one


def framed(name: bytes, data: bytes) -> bytes:
    return b"".join((b"event: ", name, b"\ndata: ", data, b"\n\n"))


class Block:
    """`start` is what it begins with. `pieces` are the deltas that are not written yet."""

    __slots__ = ("begun", "ended", "kind", "pieces", "seal", "start")

    def __init__(self, kind: str, start: Members | msgspec.Raw | None = None) -> None:
        self.kind = kind
        self.start: Members | msgspec.Raw | None = _EMPTY.get(kind) if start is None else start
        self.pieces: list[bytes] = []
        self.seal: Seal | None = None
        self.begun = False
        self.ended = False


class Blocks:
    """Blocks by their numbers in the hub's words, the one that is being written first."""

    __slots__ = ("_index", "_open")

    def __init__(self) -> None:
        self._index = 0
        self._open: dict[int, Block] = {}

    def get(self, number: int) -> Block | None:
        return self._open.get(number)

    def begin(self, number: int, block: Block) -> Block:
        self._open[number] = block
        return block

    def seal(self, number: int, seal: Seal) -> None:
        """Nothing for a block that is not written."""
        block = self._open.get(number)
        if block is not None:
            block.seal = seal

    def add(self, number: int, delta: bytes) -> bytes:
        """`delta` as JSON. Returns what may be written now."""
        block = self._open[number]
        block.pieces.append(delta)
        return self._written(block) if self._is_first(block) else b""

    def end(self, number: int) -> bytes:
        block = self._open.get(number)
        if block is None:
            return b""
        block.ended = True
        out = []
        while self._open:
            number, block = next(iter(self._open.items()))
            out.append(self._written(block))
            if not block.ended:
                break
            out.append(self._last(block))
            del self._open[number]
        return b"".join(out)

    def end_all(self) -> bytes:
        return b"".join([self.end(number) for number in tuple(self._open)])

    def _is_first(self, block: Block) -> bool:
        return next(iter(self._open.values())) is block

    def _written(self, block: Block) -> bytes:
        if block.kind == "redacted" or (not block.pieces and not block.ended):
            return b""
        is_held = block.kind == "call" and block.seal is None and len(block.pieces) <= _HELD_MOST
        if not block.begun and is_held and not block.ended:
            return b""
        out = []
        is_signed = block.kind == "thinking" and block.seal is not None
        if not block.begun and (block.pieces or block.kind in ("call", "foreign") or is_signed):
            out.append(self._begin(block))
        out += (self._delta(piece) for piece in block.pieces)
        block.pieces.clear()
        return b"".join(out)

    def _begin(self, block: Block) -> bytes:
        before = b""
        if block.kind == "call" and block.seal is not None:
            before = self._whole(marked(block.seal, OF_NEXT_CALL))
            block.seal = None
        block.begun = True
        return before + self._start(block.start)

    def _last(self, block: Block) -> bytes:
        """The end of a block, with the seal that belongs to it."""
        seal = block.seal
        if block.kind == "redacted":
            return b"" if seal is None else self._whole({"type": "redacted_thinking", "data": shown(seal, NATIVE)})
        if not block.begun:
            return b""
        if seal is None:
            return self._stop()
        if block.kind == "thinking":
            signature = msgspec.json.encode({"type": "signature_delta", "signature": shown(seal, NATIVE)})
            return self._delta(signature) + self._stop()
        return self._stop() + self._whole(marked(seal, OF_LAST_CALL if block.kind == "call" else OF_LAST_TEXT))

    def _whole(self, start: Members) -> bytes:
        return self._start(start) + self._stop()

    def _start(self, start: object) -> bytes:
        data = b'{"type":"content_block_start","index":%d,"content_block":%b}'
        return framed(b"content_block_start", data % (self._index, msgspec.json.encode(start)))

    def _delta(self, delta: bytes) -> bytes:
        data = b'{"type":"content_block_delta","index":%d,"delta":%b}' % (self._index, delta)
        return framed(b"content_block_delta", data)

    def _stop(self) -> bytes:
        data = b'{"type":"content_block_stop","index":%d}' % self._index
        self._index += 1
        return framed(b"content_block_stop", data)


def foreign_block(kind: str, raw: msgspec.Raw) -> tuple[Block, bytes | None]:
    """One of Anthropic's own, and the delta with its input: clients put that together from deltas."""
    members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    given = members.get("input")
    if kind not in _WITH_INPUT or given is None:
        return Block("foreign", raw), None
    piece = msgspec.json.encode({"type": "input_json_delta", "partial_json": bytes(given).decode("utf-8", "replace")})
    return Block("foreign", {**members, "input": {}}), piece
