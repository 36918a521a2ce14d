"""A request to Anthropic's Messages; a member that nobody knows is refused, as Anthropic does."""

from typing import Annotated, Literal

import msgspec

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_-]+$")]
_Marks = dict[str, object] | None


class _Block(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


class Text(_Block, frozen=True, tag="text"):
    text: str
    cache_control: _Marks = None
    citations: list[object] | None = None


class ToolUse(_Block, frozen=True, tag="tool_use"):
    id: _Id
    name: str
    input: dict[str, object]
    cache_control: _Marks = None
    caller: object = None
    toolset_name: str | None = None


class Thinking(_Block, frozen=True, tag="thinking"):
    thinking: str
    signature: str


class RedactedThinking(_Block, frozen=True, tag="redacted_thinking"):
    data: str


class Image(_Block, frozen=True, tag="image"):
    source: dict[str, object]
    cache_control: _Marks = None
    transformations: object = None


class Document(_Block, frozen=True, tag="document"):
    source: dict[str, object]
    cache_control: _Marks = None
    citations: object = None
    context: str | None = None
    title: str | None = None


class SearchResult(_Block, frozen=True, tag="search_result"):
    source: str
    title: str
    content: list[Text]
    cache_control: _Marks = None
    citations: object = None


class ToolResult(_Block, frozen=True, tag="tool_result"):
    tool_use_id: _Id
    content: str | list[Text | Image | Document | SearchResult] | None = None
    is_error: bool | None = None
    cache_control: _Marks = None
    toolset_name: str | None = None


class ServerToolUse(msgspec.Struct, frozen=True, tag_field="type", tag="server_tool_use"):
    """What Anthropic's own tools leave in a history is taken as it is."""


class WebSearchResult(msgspec.Struct, frozen=True, tag_field="type", tag="web_search_tool_result"):
    """As above."""


Block = (
    Text
    | ToolUse
    | ToolResult
    | Thinking
    | RedactedThinking
    | Image
    | Document
    | SearchResult
    | ServerToolUse
    | WebSearchResult
)


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]

    def blocks(self) -> list[Block]:
        return [Text(self.content)] if isinstance(self.content, str) else self.content


class Tool(msgspec.Struct, frozen=True):
    """Without `input_schema` it is one that Anthropic defines."""

    name: _Name
    type: str | None = None
    input_schema: dict[str, object] | None = None


class ToolChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["enabled", "adaptive", "disabled", "between_tools"]
    budget_tokens: int | None = None
    display: Literal["summarized", "omitted"] | None = None


class MessagesAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    model: str
    messages: list[Message]
    max_tokens: Annotated[int, msgspec.Meta(ge=1)]
    system: str | list[Text] | None = None
    stream: bool | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    thinking: ThinkingConfig | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    stop_sequences: list[str] | None = None
    metadata: dict[str, object] | None = None
    output_config: dict[str, object] | None = None
    output_format: object = None
    service_tier: Literal["auto", "standard_only"] | None = None
    cache_control: object = None
    container: object = None
    context_management: object = None
    diagnostics: object = None
    inference_geo: str | None = None
    mcp_servers: object = None
    speed: str | None = None
    billing_policy: object = None
    compaction: object = None
    fallback_credit_token: object = None
    fallbacks: object = None
    prefill: object = None
    thread: object = None
    user_profile_id: str | None = None
    workspace_id: str | None = None

    @property
    def has_thinking(self) -> bool:
        return self.thinking is not None and self.thinking.type not in {"disabled", "between_tools"}

    @property
    def is_thought_shown(self) -> bool:
        return self.thinking is not None and self.thinking.display != "omitted"
