"""What the assistant said, in a request's history or in an answer: thoughts, text, refusal, calls, in this order.

Ids that are missing, as some servers leave them out, are made from the name of the message: `made`.
"""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.citations import annotation_of
from waystation.dialects.openai_chat.details import thoughts_of
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.openai_chat.parts_in import content_of, part_of
from waystation.dialects.seal import unwrap
from waystation.dialects.table import Table
from waystation.wire.chat import ImagePart, Part, RefusalPart, Seal, TextPart, ToolCallPart

_replace: Final = msgspec.structs.replace


def assistant_parts(message: Table, made: str, *, answer: bool = False) -> tuple[Part, ...]:
    """Raises: BadRequest, or BadAnswer for an `answer`, as `Table` does."""
    return (
        *thoughts_of(message),
        *_cited(message, [part for part in content_of(message, answer=answer) if part != TextPart(text="")]),
        *_images(message, answer=answer),
        *_refusals(message),
        *calls_of(message, made),
    )


def calls_of(message: Table, made: str) -> list[ToolCallPart]:
    """The tool calls; else the function call of the time before them. Some servers write the same call as both."""
    calls = [_call(call, f"{made}_{at}") for at, call in enumerate(message.tables("tool_calls"))]
    old = None if calls else message.table("function_call")
    if old is None:
        return calls
    name, arguments, extras = old.text("name"), arguments_of(old, "arguments"), left_in(old)
    return [ToolCallPart(id=f"{made}_0", name=name or "", arguments=arguments, extras=extras)]


def arguments_of(function: Table, name: str) -> str:
    """Some local servers write the arguments as an object where OpenAI has its text."""
    if function.opens(name) == '"':
        return function.text(name) or ""
    return bytes(function.raw(name) or b"").decode("utf-8", "replace")


def _call(call: Table, made: str) -> ToolCallPart:
    call.raw("type")
    call.raw("index")
    identity = (call.text("id") if call.opens("id") == '"' else None) or made
    extra = call.table("extra_content")
    google = None if extra is None else extra.table("google")
    seal = _seal(google)
    extra_left = None if extra is None else left_in(extra, google=google)
    custom = call.table("custom")
    if custom is not None:
        name, arguments = custom.text("name") or "", arguments_of(custom, "input")
        extras = left_in(call, custom=custom, extra_content=extra_left)
        return ToolCallPart(id=identity, name=name, arguments=arguments, custom=True, seal=seal, extras=extras)
    function = call.need("function", call.table("function"))
    name, arguments = function.text("name") or "", arguments_of(function, "arguments")
    extras = left_in(call, function=function, extra_content=extra_left)
    return ToolCallPart(id=identity, name=name, arguments=arguments, seal=seal, extras=extras)


def _seal(google: Table | None) -> Seal | None:
    """Gemini's own place for its signature on this path (ai.google.dev/gemini-api/docs/thought-signatures, 2026-11)."""
    text = None if google is None else google.text("thought_signature")
    return None if text is None else unwrap(text, "openai.chat")


def _cited(message: Table, content: list[Part]) -> list[Part]:
    """The content, with the citations on its last text."""
    last = next((at for at in reversed(range(len(content))) if isinstance(content[at], TextPart)), None)
    if message.opens("annotations") != "[" or last is None:
        return content
    text = content[last]
    assert isinstance(text, TextPart)
    content[last] = _replace(text, annotations=tuple(map(annotation_of, message.rows("annotations"))))
    return content


def _images(message: Table, *, answer: bool) -> list[Part]:
    """Images that a model drew, in OpenRouter's member for them (openrouter.ai/docs, 2026-11)."""
    if message.opens("images") != "[":
        return []
    path = f"{message.path}.images"
    parts = [part_of(raw, f"{path}[{at}]", answer=answer) for at, raw in enumerate(message.rows("images"))]
    return [part for part in parts if isinstance(part, ImagePart)]


def _refusals(message: Table) -> list[RefusalPart]:
    text = message.text("refusal")
    return [RefusalPart(text=text)] if text else []
