"""A request to Responses; a member that nobody knows is refused, as OpenAI does."""

from typing import Annotated, Literal

import msgspec

Item = dict[str, object]


class Reasoning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed", "none"] | None = None
    generate_summary: str | None = None
    context: object = None
    mode: object = None


class Tool(msgspec.Struct, frozen=True):
    """Any tool; a function and a custom tool have a name."""

    type: str
    name: str = ""
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class ToolChoice(msgspec.Struct, frozen=True):
    type: str
    name: str | None = None
    mode: str | None = None
    tools: list[dict[str, object]] | None = None


class StreamOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    include_obfuscation: bool | None = None


class ResponsesAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    model: str = ""
    input: str | list[Item] | None = None
    instructions: str | None = None
    stream: bool | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    include: list[str] | None = None
    reasoning: Reasoning | None = None
    tools: list[Tool] | None = None
    tool_choice: str | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    text: dict[str, object] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    metadata: dict[str, str] | None = None
    service_tier: str | None = None
    stream_options: StreamOptions | None = None
    background: bool | None = None
    conversation: object = None
    prompt: object = None
    prompt_cache_key: str | None = None
    prompt_cache_options: object = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    user: str | None = None
    context_management: object = None
    moderation: object = None
    access_programs: object = None
    background_options: object = None
    client_metadata: object = None  # Codex sends it
    image: object = None

    @property
    def is_stored(self) -> bool:
        return self.store is not False

    @property
    def shows_thought(self) -> bool:
        return self.reasoning is not None and self.reasoning.summary not in {None, "none"}

    @property
    def is_sealed(self) -> bool:
        """Whether the thought travels with the caller."""
        return "reasoning.encrypted_content" in (self.include or ())
