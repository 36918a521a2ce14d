"""OpenAI's Responses as a language of the double."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk, Message
from waystation.demo.forms import Form
from waystation.demo.openai import OpenAI
from waystation.demo.reading import read, turned
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.replies import Reply, Wire, compose
from waystation.demo.request import Request
from waystation.demo.responses.answers import items, response, usage_of
from waystation.demo.responses.ask import Item, ResponsesAsk, ToolChoice
from waystation.demo.responses.checks import NAMED, check_items, check_options
from waystation.demo.responses.events import events
from waystation.demo.responses.items import PREFIXES, kind_of, message_of, read_item
from waystation.demo.responses.shelf import ResponseShelf, Stored
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage


@dataclass(frozen=True, slots=True)
class ResponsesCall:
    """`members` is the request as it came, `before` what was said until its own input."""

    asked: ResponsesAsk
    members: Wire
    ask: ChatAsk
    before: tuple[Item, ...]
    input: tuple[Item, ...]
    bytes: int
    shelf: ResponseShelf
    form: Form = Form.NAMED

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        return compose(self.ask, settings, completion_id=f"resp_{suffix}", call_id=f"call_{suffix}", created=created)

    def plain(self, reply: Reply) -> Wire:
        return response(self.asked, self.members, reply)

    def events(self, reply: Reply) -> Iterator[Wire]:
        return events(self.asked, self.members, reply)

    def keep(self, reply: Reply) -> None:
        if self.asked.is_stored:
            output = tuple(items(self.asked, reply))
            named = tuple(_with_id(item, f"{reply.id}_{number}") for number, item in enumerate(self.input))
            self.shelf.put(reply.id, Stored(self.plain(reply), self.before, named, output, self.bytes))


class Responses(OpenAI):
    usage_at: tuple[tuple[str, ...], ...] = (("response", "usage"), ("usage",))

    def __init__(self, shelf: ResponseShelf) -> None:
        self._shelf = shelf

    def read(self, request: Request) -> ResponsesCall:
        members = read(bytes(request.body), dict[str, object])
        for name in members:
            if name not in ResponsesAsk.__struct_fields__:
                raise Refused(Refusal(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter"))
        ask = turned(members, ResponsesAsk, "body")
        check_options(ask)
        before = self._shelf.previous(ask.previous_response_id)
        given = tuple(self._resolved(item) for item in _input(ask))
        conversation = [read_item(item, number) for number, item in enumerate((*before, *given), -len(before))]
        check_items(conversation, self._shelf.has_item)
        said = _joined(message for item in conversation if (message := message_of(item)) is not None)
        instructions = [Message("system", ask.instructions)] if ask.instructions else []
        size = len(request.body) + self._shelf.bytes_before(ask.previous_response_id)
        return ResponsesCall(ask, members, _chat_of(ask, [*instructions, *said]), before, given, size, self._shelf)

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:  # noqa: ARG002 - it is in the head
        shape = refusal.shape()
        told = {name: shape[name] for name in ("message", "param")}
        return {"type": "error", "code": refusal.code or refusal.type, **told, "sequence_number": number}

    def usage(self, usage: Usage) -> Wire:
        return usage_of(usage)

    def _resolved(self, item: Item) -> Item:
        """A reference stands for the item that it names."""
        if kind_of(item) != "item_reference":
            return item
        return self._shelf.item(str(item.get("id")))


def _input(ask: ResponsesAsk) -> list[Item]:
    """A text alone is what the user says."""
    if isinstance(ask.input, str):
        content = [{"type": "input_text", "text": ask.input}]
        return [{"type": "message", "role": "user", "content": content}]
    return ask.input or []


def _with_id(item: Item, suffix: str) -> Item:
    """As it is listed later."""
    kind = kind_of(item)
    return {"id": f"{PREFIXES.get(kind, 'item')}_{suffix}", "type": kind, **item}


def _joined(said: Iterable[Message]) -> list[Message]:
    """What an assistant says and the calls that follow it are one message, as in chat."""
    joined: list[Message] = []
    for message in said:
        if message.tool_calls and joined and joined[-1].role == "assistant":
            before = joined.pop()
            joined.append(Message("assistant", before.content, [*(before.tool_calls or ()), *message.tool_calls]))
        else:
            joined.append(message)
    return joined


def _chat_of(ask: ResponsesAsk, said: list[Message]) -> ChatAsk:
    return ChatAsk(
        model=ask.model,
        messages=said,
        stream=ask.stream,
        max_tokens=ask.max_output_tokens,
        tools=[
            AskedTool(tool.type, AskedFunction(tool.name, tool.parameters))
            for tool in ask.tools or ()
            if tool.type in NAMED
        ]
        or None,
        tool_choice=_choice(ask.tool_choice),
    )


def _choice(choice: str | ToolChoice | None) -> str | AskedTool | None:
    """Of the allowed tools the first is called."""
    if not isinstance(choice, ToolChoice):
        return choice
    if choice.type == "allowed_tools":
        first = next((str(tool.get("name")) for tool in choice.tools or () if tool.get("name")), None)
        return None if first is None else AskedTool(function=AskedFunction(first))
    return AskedTool(choice.type, AskedFunction(choice.name)) if choice.name else None
