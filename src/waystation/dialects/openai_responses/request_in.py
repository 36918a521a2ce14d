"""A caller's request, into words."""

from collections.abc import Iterable
from typing import Final, get_args

import msgspec

from waystation.dialects.asking import TOKENS_MAX, check_model
from waystation.dialects.openai_responses.messages_in import decode_messages
from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.openai_responses.own import ResponsesRequest
from waystation.dialects.openai_responses.tools import decode_choice, decode_tools
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, Effort, Extras, Reasoning, ResponseFormat

SEALED: Final = "reasoning.encrypted_content"
LOGPROBS: Final = "message.output_text.logprobs"
_KNOWN: Final = (SEALED, LOGPROBS)
_EFFORTS: Final = frozenset(get_args(Effort))
_BOM: Final = b"\xef\xbb\xbf"


def decode_request(body: bytes) -> ResponsesRequest:
    """Raises: BadRequest."""
    body = body.removeprefix(_BOM)
    request, given = Table(body), Table(body).left()
    model = check_model(request.need("model", request.text("model")))
    messages = decode_messages(request)
    for name in ("instructions", "input"):
        request.raw(name)
    tools = decode_tools(request)
    tool_choice, choice_left = decode_choice(request)
    reasoning, reasoning_left = _reasoning(request)
    response_format, verbosity, text_left = _text(request)
    options = request.table("stream_options")
    include = tuple(request.texts("include"))
    include_left = _named("include", (name for name in include if name not in _KNOWN))
    user_name = "safety_identifier" if "user" not in request else "user"
    return ResponsesRequest(
        dialect="openai.responses",
        model=model,
        messages=messages,
        stream=bool(request.flag("stream")),
        include_usage=options is not None and bool(options.flag("include_usage")),
        tools=tools,
        tool_choice=tool_choice,
        parallel_tool_calls=request.flag("parallel_tool_calls"),
        max_output_tokens=_bound(request),
        temperature=request.number("temperature"),
        top_p=request.number("top_p"),
        logprobs=True if LOGPROBS in include else None,
        top_logprobs=request.whole("top_logprobs"),
        response_format=response_format,
        verbosity=verbosity,
        reasoning=reasoning,
        service_tier=request.text("service_tier"),
        user=request.text(user_name),
        metadata=_metadata(request),
        cache_key=request.text("prompt_cache_key"),
        store=request.flag("store"),
        previous_response_id=request.text("previous_response_id"),
        extras={
            **left_in(request, stream_options=options),
            **choice_left,
            **reasoning_left,
            **text_left,
            **include_left,
        }
        or NO_EXTRAS,
        include=include,
        given=given,
        user_name=user_name,
    )


def _bound(request: Table) -> int | None:
    value = request.whole("max_output_tokens")
    if value is not None and not 1 <= value <= TOKENS_MAX:
        request.wrong("max_output_tokens", f"a whole number from 1 to {TOKENS_MAX}")
    return value


def _metadata(request: Table) -> dict[str, str] | None:
    table = request.table("metadata")
    return None if table is None else {name: table.need(name, table.text(name)) for name in table.left()}


def _named(name: str, words: Iterable[str]) -> Extras:
    rest = list(words)
    return {name: msgspec.Raw(msgspec.json.encode(rest))} if rest else NO_EXTRAS


def _reasoning(request: Table) -> tuple[Reasoning | None, Extras]:
    """An effort that we don't know is an unknown member. `generate_summary` is the older name of `summary`."""
    table = request.table("reasoning")
    if table is None:
        return None, NO_EXTRAS
    summary = table.text("summary") if "summary" in table else table.text("generate_summary")
    raw = table.raw("effort")
    effort = None if raw is None else Table(b'{"effort":%s}' % bytes(raw), table.path).text("effort")
    left = table.left()
    if raw is not None and effort not in _EFFORTS:
        left = {**left, "effort": raw}
    known: Effort | None = effort if effort in _EFFORTS else None  # type: ignore[assignment]
    return Reasoning(effort=known, summary=summary), _within("reasoning", left)


def _text(request: Table) -> tuple[ResponseFormat | None, str | None, Extras]:
    """Format and verbosity. A format of another type than OpenAI's is an unknown member."""
    table = request.table("text")
    if table is None:
        return None, None, NO_EXTRAS
    verbosity, raw = table.text("verbosity"), table.raw("format")
    form = None if raw is None else Table(raw, "text.format")
    match None if form is None else form.text("type"):
        case ("text" | "json_object") as kind:
            read = ResponseFormat(kind=kind)
        case "json_schema" if form is not None:
            read = _schema(form)
        case _:
            left = {**table.left(), "format": raw} if raw is not None else table.left()
            return None, verbosity, _within("text", left)
    return read, verbosity, _within("text", left_in(table, format=form))


def _schema(form: Table) -> ResponseFormat:
    return ResponseFormat(
        kind="json_schema",
        name=form.text("name"),
        description=form.text("description"),
        schema=form.raw("schema"),
        strict=form.flag("strict"),
    )


def _within(outer: str, left: Extras) -> Extras:
    return {f"{outer}.{name}": value for name, value in left.items()}
