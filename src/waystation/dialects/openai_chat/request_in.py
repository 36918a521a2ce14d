"""A caller's chat request, into words."""

from typing import Final

from waystation.dialects.asking import TOKENS_MAX, check_model
from waystation.dialects.openai_chat.ask import CHOICES_MAX
from waystation.dialects.openai_chat.effort import decode_reasoning
from waystation.dialects.openai_chat.messages_in import decode_messages
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.openai_chat.tools import OldFunction, decode_choice, decode_tools
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, ChatRequest, Extras, ResponseFormat

_BOM: Final = b"\xef\xbb\xbf"


def decode_request(body: bytes) -> ChatRequest:
    """Raises: BadRequest."""
    request = Table(body.removeprefix(_BOM))
    model = check_model(request.need("model", request.text("model")))
    messages = decode_messages(request)
    tools = decode_tools(request)
    tool_choice, choice_left = decode_choice(request)
    reasoning, reasoning_left = decode_reasoning(request)
    response_format, format_left = _response_format(request)
    options = request.table("stream_options")
    parallel = request.flag("parallel_tool_calls")
    if parallel is None and any(isinstance(tool, OldFunction) for tool in tools):
        parallel = False  # a function_call is only one
    return ChatRequest(
        dialect="openai.chat",
        model=model,
        messages=messages,
        stream=bool(request.flag("stream")),
        include_usage=options is not None and bool(options.flag("include_usage")),
        tools=tools,
        tool_choice=tool_choice,
        parallel_tool_calls=parallel,
        max_output_tokens=_bound(request),
        temperature=request.number("temperature"),
        top_p=request.number("top_p"),
        top_k=request.whole("top_k"),
        frequency_penalty=request.number("frequency_penalty"),
        presence_penalty=request.number("presence_penalty"),
        seed=request.whole("seed"),
        stop=tuple(request.texts("stop")),
        logprobs=request.flag("logprobs"),
        top_logprobs=request.whole("top_logprobs"),
        choices=_count(request, "n", CHOICES_MAX) or 1,
        response_format=response_format,
        verbosity=request.text("verbosity"),
        reasoning=reasoning,
        service_tier=request.text("service_tier"),
        user=_user(request),
        metadata=_metadata(request),
        cache_key=request.text("prompt_cache_key"),
        store=request.flag("store"),
        extras={**left_in(request, stream_options=options), **choice_left, **reasoning_left, **format_left}
        or NO_EXTRAS,
    )


def _count(request: Table, name: str, most: int) -> int | None:
    value = request.whole(name)
    if value is not None and not 1 <= value <= most:
        request.wrong(name, f"a whole number from 1 to {most}")
    return value


def _bound(request: Table) -> int | None:
    """Of both names the newer one is obeyed, as OpenAI does."""
    old, new = (_count(request, name, TOKENS_MAX) for name in ("max_tokens", "max_completion_tokens"))
    return old if new is None else new


def _user(request: Table) -> str | None:
    """`safety_identifier` is OpenAI's newer name; it stays an unknown member where both are given."""
    return request.text("user") if "user" in request else request.text("safety_identifier")


def _metadata(request: Table) -> dict[str, str] | None:
    table = request.table("metadata")
    return None if table is None else {name: table.need(name, table.text(name)) for name in table.left()}


def _response_format(request: Table) -> tuple[ResponseFormat | None, Extras]:
    """One of another type than OpenAI's is an unknown member."""
    raw = request.raw("response_format")
    if raw is None:
        return None, NO_EXTRAS
    form = Table(raw, "response_format")
    match form.text("type"):
        case "text" | "json_object" as kind:
            return ResponseFormat(kind=kind), _within(left_in(form))
        case "json_schema":
            return _schema(form)
        case _:
            return None, {"response_format": raw}


def _schema(form: Table) -> tuple[ResponseFormat, Extras]:
    inner = form.need("json_schema", form.table("json_schema"))
    response_format = ResponseFormat(
        kind="json_schema",
        name=inner.text("name"),
        description=inner.text("description"),
        schema=inner.raw("schema"),
        strict=inner.flag("strict"),
    )
    return response_format, _within(left_in(form, json_schema=inner))


def _within(left: Extras) -> Extras:
    return {f"response_format.{name}": value for name, value in left.items()}
