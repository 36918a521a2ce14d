"""Custom tools (free text as input) for vendors that know functions only: wrapped on the way there, unwrapped back.

A custom tool becomes a function with one string, `input`. Its grammar can be told to the model but not enforced.
"""

from typing import Final

import msgspec

from waystation.dialects.codec import EventReader
from waystation.dialects.framing import Frame
from waystation.wire.chat import (
    ChatReply,
    ChatRequest,
    CustomTool,
    FunctionTool,
    Message,
    Part,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.events import BlockEnded, StreamEvent, ToolCallDelta, ToolCallStarted
from waystation.wire.loss import Loss

_PARAMETERS: Final = msgspec.Raw(
    b'{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool."}},'
    b'"required":["input"],"additionalProperties":false}'
)
_replace: Final = msgspec.structs.replace


class _Input(msgspec.Struct):
    input: str


_INPUT: Final = msgspec.json.Decoder(_Input)


def wrap_request(request: ChatRequest) -> tuple[ChatRequest, frozenset[str], tuple[Loss, ...]]:
    """The request in functions only, the names of the tools that were wrapped, and the losses of that."""
    names = frozenset(tool.name for tool in request.tools if isinstance(tool, CustomTool))
    losses = tuple(
        Loss(f"tools[{at}].format", "the grammar is told to the model, but not enforced")
        for at, tool in enumerate(request.tools)
        if isinstance(tool, CustomTool) and tool.grammar is not None
    )
    messages = tuple(map(_wrap_message, request.messages))
    if not names and messages == request.messages:
        return request, names, losses
    return _replace(request, tools=tuple(map(_wrap_tool, request.tools)), messages=messages), names, losses


def unwrap_reply(reply: ChatReply, names: frozenset[str]) -> ChatReply:
    """Calls of the tools in `names` are calls of custom tools again."""
    if not names:
        return reply
    choices = tuple(_replace(choice, parts=tuple(_unwrap(p, names) for p in choice.parts)) for choice in reply.choices)
    return _replace(reply, choices=choices)


class UnwrappingReader:
    """An `EventReader`: the input of a wrapped tool comes in one piece, when its call is whole."""

    __slots__ = ("_events", "_names", "_open")

    def __init__(self, events: EventReader, names: frozenset[str]) -> None:
        self._events = events
        self._names = names
        self._open: dict[tuple[int, int], list[str]] = {}

    @property
    def finished(self) -> bool:
        return self._events.finished

    @property
    def ended(self) -> bool:
        return self._events.ended

    def read(self, frame: Frame) -> list[StreamEvent]:
        return self._unwrapped(self._events.read(frame))

    def close(self) -> list[StreamEvent]:
        return self._unwrapped(self._events.close())

    def _unwrapped(self, events: list[StreamEvent]) -> list[StreamEvent]:
        return [out for event in events for out in self._unwrap(event)]

    def _unwrap(self, event: StreamEvent) -> tuple[StreamEvent, ...]:
        match event:
            case ToolCallStarted(name=name) if name in self._names:
                self._open[event.choice, event.block] = []
                return (_replace(event, custom=True),)
            case ToolCallDelta() if (event.choice, event.block) in self._open:
                self._open[event.choice, event.block].append(event.arguments)
                return ()
            case BlockEnded() if (event.choice, event.block) in self._open:
                text = input_of("".join(self._open.pop((event.choice, event.block))))
                return ToolCallDelta(text, event.block, event.choice), event
            case _:
                return (event,)


def input_of(arguments: str) -> str:
    """The text that a model put into a wrapped call; if it kept to no form, all that it wrote."""
    try:
        return _INPUT.decode(arguments).input
    except msgspec.MsgspecError:
        return arguments


def _wrap_tool(tool: Tool) -> Tool:
    if not isinstance(tool, CustomTool):
        return tool
    description = tool.description or ""
    if tool.grammar is not None:
        syntax, definition = tool.grammar
        description += f"\n\nThe input must match this {syntax} grammar:\n{definition}"
    return FunctionTool(name=tool.name, description=description.strip() or None, parameters=_PARAMETERS)


def _wrap_message(message: Message) -> Message:
    if not any(isinstance(part, ToolCallPart | ToolResultPart) and part.custom for part in message.parts):
        return message
    return _replace(message, parts=tuple(map(_wrap_part, message.parts)))


def _wrap_part(part: Part) -> Part:
    match part:
        case ToolCallPart(custom=True):
            arguments = msgspec.json.encode(_Input(part.arguments)).decode()
            return _replace(part, arguments=arguments, custom=False)
        case ToolResultPart(custom=True):
            return _replace(part, custom=False)
        case _:
            return part


def _unwrap(part: Part, names: frozenset[str]) -> Part:
    if isinstance(part, ToolCallPart) and part.name in names:
        return _replace(part, arguments=input_of(part.arguments), custom=True)
    return part
