"""A request to Gemini; a member that nobody knows is refused, as Google does."""

from typing import Annotated, Literal

import msgspec

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$")]


class _Known(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    pass


class FunctionCall(_Known, frozen=True):
    name: str
    args: dict[str, object] | None = None
    id: str | None = None


class FunctionResponse(_Known, frozen=True):
    name: str
    response: dict[str, object]
    id: str | None = None
    parts: list[dict[str, object]] | None = None
    will_continue: bool | None = None
    scheduling: str | None = None


class Part(_Known, frozen=True):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    inline_data: dict[str, object] | None = None
    file_data: dict[str, object] | None = None
    executable_code: dict[str, object] | None = None
    code_execution_result: dict[str, object] | None = None
    tool_call: dict[str, object] | None = None
    tool_response: dict[str, object] | None = None
    video_metadata: object = None
    media_resolution: object = None
    part_metadata: object = None

    @property
    def is_media(self) -> bool:
        return self.inline_data is not None or self.file_data is not None

    @property
    def kinds(self) -> int:
        """How many kinds of data it has; it is to have one."""
        held = (
            self.text,
            self.function_call,
            self.function_response,
            self.inline_data,
            self.file_data,
            self.executable_code,
            self.code_execution_result,
            self.tool_call,
            self.tool_response,
        )
        return sum(one is not None for one in held)


class Content(_Known, frozen=True):
    parts: list[Part] = []
    role: str | None = None

    @property
    def calls(self) -> list[Part]:
        return [part for part in self.parts if part.function_call is not None]

    @property
    def responses(self) -> list[FunctionResponse]:
        return [part.function_response for part in self.parts if part.function_response is not None]


class Schema(_Known, frozen=True):
    """A schema in Google's own form, which is less than JSON Schema."""

    type: str | None = None
    properties: "dict[str, Schema] | None" = None
    items: "Schema | None" = None
    any_of: "list[Schema] | None" = None
    required: list[str] | None = None
    enum: list[str] | None = None
    property_ordering: list[str] | None = None
    additional_properties: object = None
    defs: object = msgspec.field(default=None, name="$defs")
    ref: str | None = msgspec.field(default=None, name="$ref")
    nullable: bool | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    default: object = None
    example: object = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | str | None = None
    max_items: int | str | None = None
    min_length: int | str | None = None
    max_length: int | str | None = None
    min_properties: int | str | None = None
    max_properties: int | str | None = None


class FunctionDeclaration(_Known, frozen=True):
    name: _Name
    description: str | None = None
    parameters: Schema | None = None
    parameters_json_schema: dict[str, object] | None = None
    response: object = None
    response_json_schema: object = None
    behavior: str | None = None


class Tool(_Known, frozen=True):
    function_declarations: list[FunctionDeclaration] | None = None
    google_search: object = None
    google_search_retrieval: object = None
    google_maps: object = None
    code_execution: object = None
    computer_use: object = None
    file_search: object = None
    mcp_servers: object = None
    url_context: object = None


class FunctionCallingConfig(_Known, frozen=True):
    mode: Literal["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] | None = None
    allowed_function_names: list[str] | None = None


class ToolConfig(_Known, frozen=True):
    function_calling_config: FunctionCallingConfig | None = None
    retrieval_config: object = None
    include_server_side_tool_invocations: bool | None = None


class ThinkingConfig(_Known, frozen=True):
    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class GenerationConfig(_Known, frozen=True):
    candidate_count: Annotated[int, msgspec.Meta(ge=1, le=8)] | None = None
    max_output_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    thinking_config: ThinkingConfig | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: float | None = None
    seed: int | None = None
    stop_sequences: list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: int | None = None
    response_logprobs: bool | None = None
    response_mime_type: str | None = None
    response_schema: object = None
    response_json_schema: object = None
    response_format: object = None
    response_modalities: list[str] | None = None
    speech_config: object = None
    image_config: object = None
    translation_config: object = None
    audio_transcription_config: object = None
    media_resolution: str | None = None
    enable_enhanced_civic_answers: bool | None = None


class GenerateAsk(_Known, frozen=True):
    contents: list[Content] = []
    model: str | None = None  # the path's is what counts
    system_instruction: Content | None = None
    tools: list[Tool] | None = None
    tool_config: ToolConfig | None = None
    generation_config: GenerationConfig = GenerationConfig()
    safety_settings: list[dict[str, object]] | None = None
    cached_content: str | None = None
    service_tier: str | None = None
    continuation_token: str | None = None
    store: bool | None = None
    labels: object = None

    @property
    def thinking(self) -> ThinkingConfig:
        return self.generation_config.thinking_config or ThinkingConfig()

    @property
    def declared(self) -> list[FunctionDeclaration]:
        return [one for tool in self.tools or () for one in tool.function_declarations or ()]
