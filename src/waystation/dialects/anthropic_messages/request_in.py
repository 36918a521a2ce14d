"""A caller's request, into words."""

from typing import Final

from waystation.dialects.anthropic_messages.messages_in import decode_messages
from waystation.dialects.anthropic_messages.nested import left_in
from waystation.dialects.anthropic_messages.thinking import decode_thinking
from waystation.dialects.anthropic_messages.tools import decode_choice, decode_tools
from waystation.dialects.asking import TOKENS_MAX, check_model
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, ChatRequest, Extras, ResponseFormat

_BOM: Final = b"\xef\xbb\xbf"


def decode_request(body: bytes) -> ChatRequest:
    """`max_tokens` may be missing, as where tokens are only to be counted. Raises: BadRequest."""
    request = Table(body.removeprefix(_BOM))
    model = check_model(request.need("model", request.text("model")))
    messages = decode_messages(request)
    tools = decode_tools(request)
    tool_choice, parallel, choice_left = decode_choice(request)
    config, metadata = request.table("output_config"), request.table("metadata")
    reasoning = decode_thinking(request, config)
    response_format, format_left = _format(request, config)
    user = None if metadata is None else metadata.text("user_id")
    return ChatRequest(
        dialect="anthropic.messages",
        model=model,
        messages=messages,
        stream=bool(request.flag("stream")),
        include_usage=True,
        tools=tools,
        tool_choice=tool_choice,
        parallel_tool_calls=parallel,
        max_output_tokens=_bound(request),
        temperature=request.number("temperature"),
        top_p=request.number("top_p"),
        top_k=request.whole("top_k"),
        stop=tuple(request.texts("stop_sequences")),
        response_format=response_format,
        reasoning=reasoning,
        service_tier=request.text("service_tier"),
        user=user,
        extras={**left_in(request, output_config=config, metadata=metadata), **choice_left, **format_left} or NO_EXTRAS,
    )


def _bound(request: Table) -> int | None:
    """0 asks for no answer at all, only for the prompt to be cached."""
    value = request.whole("max_tokens")
    if value is not None and not 0 <= value <= TOKENS_MAX:
        request.wrong("max_tokens", f"a whole number from 0 to {TOKENS_MAX}")
    return value


def _format(request: Table, config: Table | None) -> tuple[ResponseFormat | None, Extras]:
    """`output_format` is the name that it had before. One of another type than a schema's is an unknown member."""
    table, name = (request, "output_format") if config is None or "format" not in config else (config, "format")
    raw = table.raw(name)
    if raw is None:
        return None, NO_EXTRAS
    form = Table(raw, f"{table.path}.{name}" if table.path else name)
    if form.text("type") != "json_schema":
        return None, {form.path: raw}
    response_format = ResponseFormat(kind="json_schema", schema=form.raw("schema"))
    return response_format, {f"output_config.format.{name}": value for name, value in form.left().items()}
