"""The hub's words: a conversation, what is asked of the model, and its answer, in no vendor's language.

JSON that only travels (schemas, arguments) stays text as its source wrote it. `extras` are the members of a request,
a message, a part or a tool that have no word here, by name, in the language of `ChatRequest.dialect` (or
`ChatReply.dialect`): the same language gets them back untouched, and in any other each one is a `Loss`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from waystation.wire.dialect import Dialect
from waystation.wire.usage import Heard

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal[
    "stop",  # the model had said all
    "stop_sequence",  # one of the caller's stop sequences came
    "length",  # the caller's bound on output
    "context_length",  # the model's window is full
    "tool_calls",
    "content_filter",  # the vendor's filter cut the answer
    "refusal",  # the model declined
    "pause",  # Anthropic's pause_turn: send the answer back to go on
    "malformed_call",  # the model wrote a tool call that is none
    "other",
]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
CacheLifetime = Literal["5m", "1h"]
Extras = Mapping[str, msgspec.Raw]

NO_EXTRAS: Final[Extras] = MappingProxyType({})


class Seal(msgspec.Struct, frozen=True):
    """A vendor's opaque words that must come back unchanged in the next turn: a signature, encrypted reasoning.

    `dialect` is the language that they are meant for: no other vendor understands them.
    """

    dialect: Dialect
    text: str


class Inline(msgspec.Struct, frozen=True):
    """Bytes in the request itself. `data` is standard base64 with padding; `media_type` such as image/png."""

    media_type: str
    data: str


class Link(msgspec.Struct, frozen=True):
    """Bytes at a public address, http or https (or gs:// and the like, which only their vendor can read)."""

    url: str
    media_type: str | None = None


class FileId(msgspec.Struct, frozen=True):
    """A file that was uploaded to one vendor; no other one knows it."""

    dialect: Dialect
    id: str


Source = Inline | Link | FileId


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """`cache`: the prompt up to and with this part is to be cached for so long (Anthropic's cache_control)."""

    cache: CacheLifetime | None = None
    extras: Extras = NO_EXTRAS


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A citation. `start` and `end` count characters of the text part that it stands on, None where not said.

    `raw` is the whole of it as the source wrote it, for the same language.
    """

    url: str | None = None
    title: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    raw: msgspec.Raw = msgspec.Raw(b"null")


class TextPart(_Part, frozen=True, kw_only=True):
    text: str
    annotations: tuple[Annotation, ...] = ()
    seal: Seal | None = None


class ImagePart(_Part, frozen=True, kw_only=True):
    """`detail` is OpenAI's: auto, low, high."""

    source: Source
    detail: str | None = None
    seal: Seal | None = None


class FilePart(_Part, frozen=True, kw_only=True):
    """A document, mostly a PDF; also plain text and video, told apart by the media type."""

    source: Source
    filename: str | None = None


class AudioPart(_Part, frozen=True, kw_only=True):
    source: Source


class ThinkingPart(_Part, frozen=True, kw_only=True):
    """What the model thought, or the vendor's summary of it; "" where only the seal was shown.

    `redacted`: the vendor hid the text (Anthropic's redacted_thinking), so there is only the seal.
    """

    text: str = ""
    seal: Seal | None = None
    redacted: bool = False


class RefusalPart(_Part, frozen=True, kw_only=True):
    text: str


class ToolCallPart(_Part, frozen=True, kw_only=True):
    """`arguments` is JSON text as the model wrote it (it may be broken), or free text for a `custom` tool."""

    id: str
    name: str
    arguments: str
    custom: bool = False
    seal: Seal | None = None


class ToolResultPart(_Part, frozen=True, kw_only=True):
    """`name` is the tool's, where the source says it (Gemini); `custom` as in the call that it answers."""

    call_id: str
    parts: tuple["TextPart | ImagePart | FilePart | AudioPart | ForeignPart", ...]
    is_error: bool = False
    name: str | None = None
    custom: bool = False


class ForeignPart(_Part, frozen=True, kw_only=True):
    """What only its own language can say: a built-in tool's call or result. `kind` is its type there."""

    dialect: Dialect
    kind: str
    raw: msgspec.Raw


Part = (
    TextPart
    | ImagePart
    | FilePart
    | AudioPart
    | ThinkingPart
    | RefusalPart
    | ToolCallPart
    | ToolResultPart
    | ForeignPart
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Roles as the source has them: `system` and `developer` may stand anywhere. Tool results have the role `tool`,
    also where the source puts them into a user's turn; there the turn becomes two or more messages in its order.
    """

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    extras: Extras = NO_EXTRAS


class FunctionTool(msgspec.Struct, frozen=True, kw_only=True):
    """`parameters` is a JSON schema; None where the source has none."""

    name: str
    description: str | None = None
    parameters: msgspec.Raw | None = None
    strict: bool | None = None
    cache: CacheLifetime | None = None
    extras: Extras = NO_EXTRAS


class CustomTool(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's tool with free text as its input. `grammar` is (syntax, definition), None for any text."""

    name: str
    description: str | None = None
    grammar: tuple[str, str] | None = None
    extras: Extras = NO_EXTRAS


class ForeignTool(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in tool that the vendor itself runs. `kind` is its type in `dialect`."""

    dialect: Dialect
    kind: str
    raw: msgspec.Raw


Tool = FunctionTool | CustomTool | ForeignTool


class ToolChoice(msgspec.Struct, frozen=True):
    """`names` restricts the choice; mode "required" with one name is a named tool."""

    mode: Literal["auto", "none", "required"]
    names: tuple[str, ...] = ()


class ResponseFormat(msgspec.Struct, frozen=True, kw_only=True):
    kind: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: msgspec.Raw | None = None
    strict: bool | None = None


class Reasoning(msgspec.Struct, frozen=True, kw_only=True):
    """How much to think. `enabled` None: not said. `budget_tokens` and `effort` are what the source said, not both
    made up: a target that has only the other converts (`dialects.reasoning`). `summary`: whether thoughts are to be
    shown: auto, concise, detailed, none; None where not said.
    """

    enabled: bool | None = None
    effort: Effort | None = None
    budget_tokens: int | None = None
    summary: str | None = None


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as said in `dialect`. None is "not said" throughout."""

    dialect: Dialect
    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    include_usage: bool = False
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: bool | None = None
    top_logprobs: int | None = None
    choices: int = 1
    response_format: ResponseFormat | None = None
    verbosity: str | None = None
    reasoning: Reasoning | None = None
    service_tier: str | None = None
    user: str | None = None
    metadata: Mapping[str, str] | None = None
    cache_key: str | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    extras: Extras = NO_EXTRAS


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `stop_sequence` is the one that came. `logprobs` is OpenAI chat's list of token objects."""

    index: int = 0
    parts: tuple[Part, ...] = ()
    finish_reason: FinishReason = "stop"
    stop_sequence: str | None = None
    logprobs: msgspec.Raw | None = None
    extras: Extras = NO_EXTRAS


class ChatReply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer, as said in `dialect`. `created` is Unix seconds, None where the vendor does not say."""

    dialect: Dialect
    id: str | None = None
    model: str | None = None
    created: int | None = None
    choices: tuple[Choice, ...] = ()
    heard: Heard | None = None
    service_tier: str | None = None
    extras: Extras = NO_EXTRAS
