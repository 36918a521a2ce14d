"""A chat completion as it was asked for: the fields that the double acts on."""

from typing import Annotated

import msgspec

from waystation.demo.reading import read
from waystation.demo.refusals import NO_MODEL, Refused, missing

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class Part(msgspec.Struct, frozen=True):
    type: str
    text: str = ""


class AskedFunction(msgspec.Struct, frozen=True):
    name: str
    parameters: dict[str, object] | None = None
    arguments: str = ""


class AskedTool(msgspec.Struct, frozen=True):
    """A tool on offer, a tool that is forced, or a tool that the assistant called: one shape fits all three."""

    type: str = "function"
    function: AskedFunction | None = None


class Message(msgspec.Struct, frozen=True):
    role: str
    content: str | list[Part] | None = None
    tool_calls: list[AskedTool] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool | None = None


class ChatAsk(msgspec.Struct, frozen=True):
    model: str = ""
    messages: list[Message] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: AtLeastOne | None = None
    max_completion_tokens: AtLeastOne | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    tools: list[AskedTool] | None = None
    tool_choice: str | AskedTool | None = None

    @property
    def limit(self) -> int | None:
        """The most tokens that may be generated for one choice."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def usage_wanted(self) -> bool:
        """Whether a stream shall tell its usage."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


def read_ask(body: bytes) -> ChatAsk:
    """Raises Refused with the 400 that the vendor would send."""
    ask = read(body, ChatAsk)
    if not ask.model:
        raise Refused(NO_MODEL)
    if not ask.messages:
        raise Refused(missing("messages"))
    return ask
