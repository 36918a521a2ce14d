"""The tool calls of a stream, which may overlap."""

from waystation.dialects.openai_responses.items_out import Status, call_item
from waystation.dialects.openai_responses.seals import sealed_call
from waystation.dialects.openai_responses.spaces import Spaces
from waystation.dialects.openai_responses.telling import Teller
from waystation.wire.chat import Seal
from waystation.wire.events import ToolCallDelta, ToolCallStarted


class _Call:
    __slots__ = ("arguments", "at", "begun", "id")

    def __init__(self, at: int, identity: str, begun: ToolCallStarted) -> None:
        self.at = at
        self.id = identity
        self.begun = begun
        self.arguments: list[str] = []


class CallWriting:
    """`spaces` are the namespaces that the caller's tools stand in."""

    __slots__ = ("_open", "_spaces", "_teller")

    def __init__(self, teller: Teller, spaces: Spaces) -> None:
        self._teller = teller
        self._spaces = spaces
        self._open: dict[int, _Call] = {}

    def begin(self, event: ToolCallStarted) -> bytes:
        at = self._teller.begin()
        identity = self._teller.names.item("ctc" if event.custom else "fc", at)
        call = self._open[event.block] = _Call(at, identity, event)
        return self._teller.added(at, self._item(call, "in_progress"))

    def argue(self, event: ToolCallDelta) -> bytes:
        call = self._open[event.block]
        call.arguments.append(event.arguments)
        kind = "custom_tool_call_input" if call.begun.custom else "function_call_arguments"
        members = {"item_id": call.id, "output_index": call.at, "delta": event.arguments}
        return self._teller.tell(f"response.{kind}.delta", members)

    def holds(self, block: int) -> bool:
        return block in self._open

    def seal(self, block: int, seal: Seal) -> bytes:
        return self._teller.seal("rs_call", sealed_call(seal, self._open[block].begun.id))

    def end(self, block: int) -> bytes:
        call = self._open.pop(block)
        kind, name = (
            ("custom_tool_call_input", "input") if call.begun.custom else ("function_call_arguments", "arguments")
        )
        members = {"item_id": call.id, "output_index": call.at, name: "".join(call.arguments)}
        done = self._teller.tell(f"response.{kind}.done", members)
        return done + self._teller.done(call.at, self._item(call, "completed"))

    def end_all(self) -> bytes:
        return b"".join([self.end(block) for block in tuple(self._open)])

    def _item(self, call: _Call, status: Status) -> dict[str, object]:
        begun, arguments = call.begun, "".join(call.arguments)
        return call_item(call.id, begun.id, begun.name, arguments, self._spaces, custom=begun.custom, status=status)
