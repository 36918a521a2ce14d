"""The hub's words with what only this language keeps of them: so that it gets a request back as it was written."""

import msgspec

from waystation.wire.chat import (
    NO_EXTRAS,
    ChatRequest,
    Choice,
    CustomTool,
    Extras,
    FunctionTool,
    Message,
    ThinkingPart,
    ToolCallPart,
)


class Item(msgspec.Struct, frozen=True):
    """An item of the input or the output: the next `count` parts, and what else it says of itself."""

    kind: str
    count: int
    members: Extras = NO_EXTRAS


class Items(Message, frozen=True, kw_only=True):
    """A message, or what the assistant said in several items. Unknown members of a message item are its extras too."""

    items: tuple[Item, ...]


class Instructions(Message, frozen=True, kw_only=True):
    """The request's member `instructions`."""


class Given(Message, frozen=True, kw_only=True):
    """A member of the request that stands for words which only its vendor has, such as `prompt`: one foreign part."""

    member: str


class Summaries(ThinkingPart, frozen=True, kw_only=True):
    """`summary` and `content` are the texts that `text` was joined from."""

    summary: tuple[str, ...]
    content: tuple[str, ...]


class SpacedFunction(FunctionTool, frozen=True, kw_only=True):
    """A function of a namespace; `name` is flat, `bare` the one within. Extras "namespace.…" are the namespace's."""

    space: str
    bare: str


class SpacedCustom(CustomTool, frozen=True, kw_only=True):
    space: str
    bare: str


class SpacedCall(ToolCallPart, frozen=True, kw_only=True):
    space: str
    bare: str


class Output(Choice, frozen=True, kw_only=True):
    """An answer's items."""

    items: tuple[Item, ...]


class ResponsesRequest(ChatRequest, frozen=True, kw_only=True):
    """`include` is all of that member; `given` are the request's own members, for the answer repeats most of them.

    `user_name` is the member that `user` was read from.
    """

    include: tuple[str, ...] = ()
    given: Extras = NO_EXTRAS
    user_name: str = "user"
