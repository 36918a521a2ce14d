"""The tool calls of one choice, put together from their deltas.

Servers differ: OpenAI numbers the calls and gives id and name once; some repeat the id with every delta, some number
all calls 0, some give no number or no id, or the whole call at once, or the arguments as an object.
"""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE, Text
from waystation.dialects.openai_chat.chunks import Call, Custom, Delta, Function
from waystation.dialects.seal import unwrap
from waystation.wire.chat import Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import BlockEnded, Sealed, StreamEvent, ToolCallDelta, ToolCallStarted

_NAMELESS_MAX_CHARS: Final = 1024 * 1024  # of arguments that wait for the name of their call


class _Google(msgspec.Struct):
    thought_signature: str | None = None


class _ExtraContent(msgspec.Struct):
    google: _Google | None = None


_EXTRA_CONTENT: Final = msgspec.json.Decoder(_ExtraContent)


class _Open:
    """One call. `block` is None until its beginning was told, which waits for the name; `held` are its arguments."""

    __slots__ = ("block", "custom", "held", "id", "made", "name", "seal")

    def __init__(self, made: str) -> None:
        self.id = ""
        self.made = made
        self.name = ""
        self.block: int | None = None
        self.held = ""
        self.custom = False
        self.seal: Seal | None = None

    def differs(self, identity: str | None, name: str) -> bool:
        """Whether these can't be its own id and name."""
        return bool(identity and self.id and identity != self.id) or bool(self.name and name != self.name)


class Calls:
    """Ids that no one gives are made from `made`, as in a plain answer."""

    __slots__ = ("_by_id", "_by_index", "_choice", "_made", "_old", "_open")

    def __init__(self, choice: int, made: str) -> None:
        self._choice = choice
        self._made = made
        self._open: list[_Open] = []
        self._by_index: dict[int, _Open] = {}
        self._by_id: dict[str, _Open] = {}
        self._old: _Open | None = None

    @property
    def any(self) -> bool:
        return bool(self._open)

    def hear(self, delta: Delta, block: int, out: list[StreamEvent]) -> int:
        """`block` is the number of the next block; returns what it is afterwards."""
        for call in delta.tool_calls or ():
            open_ = self._find(call)
            said = call.custom if call.custom is not None else call.function
            open_.custom = open_.custom or call.custom is not None
            block = self._add(open_, call.id, said, call.extra_content, block, out)
        if delta.function_call is not None and (self._old is not None or not self._open):
            self._old = self._old or self._begin()
            block = self._add(self._old, None, delta.function_call, None, block, out)
        return block

    def finish(self, block: int, out: list[StreamEvent]) -> int:
        """The same for the end: calls whose name never came are told without one."""
        for call in self._open:
            if call.block is None:
                block = self._start(call, block, out)
            assert call.block is not None
            out.append(BlockEnded(call.block, self._choice))
        return block

    def _find(self, call: Call) -> _Open:
        """The call that a delta goes on with, or a new one."""
        said = call.custom or call.function
        name = said.name if said is not None else None
        if call.index is not None:
            found = self._by_index.get(call.index)
            if found is not None and name and found.differs(call.id, name):
                found = None  # all are numbered 0
        elif call.id:
            found = self._by_id.get(call.id)
        else:
            found = None if name or not self._open else self._open[-1]
        if found is None:
            found = self._begin()
        if call.index is not None:
            self._by_index[call.index] = found
        if call.id:
            self._by_id[call.id] = found
        return found

    def _begin(self) -> _Open:
        call = _Open(f"{self._made}_{len(self._open)}")
        self._open.append(call)
        return call

    def _add(
        self,
        call: _Open,
        identity: str | None,
        said: Function | Custom | None,
        extra: msgspec.Raw | None,
        block: int,
        out: list[StreamEvent],
    ) -> int:
        call.id = call.id or identity or ""
        arguments = ""
        if said is not None:
            call.name = call.name or said.name or ""
            arguments = _text_of(said.input if isinstance(said, Custom) else said.arguments)
        seal = None if extra is None else _seal_of(extra)
        if call.block is None:
            call.held += arguments
            call.seal = call.seal or seal
            if len(call.held) > _NAMELESS_MAX_CHARS:
                raise BadAnswer("a tool call without a name")
            return self._start(call, block, out) if call.name and (call.id or call.held) else block
        if arguments:
            out.append(ToolCallDelta(arguments, call.block, self._choice))
        if seal is not None:
            out.append(Sealed(seal, call.block, self._choice))
        return block

    def _start(self, call: _Open, block: int, out: list[StreamEvent]) -> int:
        call.block = block
        out.append(ToolCallStarted(call.id or call.made, call.name, block, self._choice, call.custom))
        if call.held:
            out.append(ToolCallDelta(call.held, block, self._choice))
            call.held = ""
        if call.seal is not None:
            out.append(Sealed(call.seal, block, self._choice))
        return block + 1


def _text_of(text: Text) -> str:
    if isinstance(text, str):
        return text
    return msgspec.json.encode(text).decode("utf-8", "replace") if text else ""


def _seal_of(raw: msgspec.Raw) -> Seal | None:
    try:
        google = _EXTRA_CONTENT.decode(raw).google
    except UNREADABLE:
        return None
    return None if google is None or not google.thought_signature else unwrap(google.thought_signature, "openai.chat")
