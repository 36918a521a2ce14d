"""A caller's completions request, into words: a conversation of one message.

What only a server of completions can do is refused here: several prompts, token ids, text around the answer.
"""

from typing import Final, NoReturn

from waystation.dialects.asking import TOKENS_MAX, check_model
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.openai_completions.ask import CHOICES_MAX
from waystation.dialects.table import Table
from waystation.wire.chat import ChatRequest, Message, TextPart
from waystation.wire.errors import BadRequest

_BOM: Final = b"\xef\xbb\xbf"
_USUAL_MAX_TOKENS: Final = 16  # platform.openai.com/docs/api-reference/completions (2026-11)


def decode_request(body: bytes) -> ChatRequest:
    """Raises: BadRequest."""
    request = Table(body.removeprefix(_BOM))
    model = check_model(request.need("model", request.text("model")))
    prompt = _prompt(request)
    choices = _count(request, "n", CHOICES_MAX) or 1
    if (_count(request, "best_of", CHOICES_MAX) or choices) > choices:
        _refuse("best_of")
    if request.flag("echo"):
        _refuse("echo")
    if request.text("suffix"):
        _refuse("suffix")
    options = request.table("stream_options")
    top_logprobs = request.whole("logprobs")
    return ChatRequest(
        dialect="openai.completions",
        model=model,
        messages=(Message(role="user", parts=(TextPart(text=prompt),)),),
        stream=bool(request.flag("stream")),
        include_usage=options is not None and bool(options.flag("include_usage")),
        max_output_tokens=_count(request, "max_tokens", TOKENS_MAX) or _USUAL_MAX_TOKENS,
        temperature=request.number("temperature"),
        top_p=request.number("top_p"),
        top_k=request.whole("top_k"),
        frequency_penalty=request.number("frequency_penalty"),
        presence_penalty=request.number("presence_penalty"),
        seed=request.whole("seed"),
        stop=tuple(request.texts("stop")),
        logprobs=None if top_logprobs is None else True,
        top_logprobs=top_logprobs,
        choices=choices,
        user=request.text("user"),
        extras=left_in(request, stream_options=options),
    )


def _prompt(request: Table) -> str:
    """One text, or an array of one."""
    if request.opens("prompt") not in ('"', "["):
        request.wrong("prompt", "a string")
    if request.opens("prompt") == '"':
        return request.text("prompt") or ""
    rows = request.rows("prompt")
    if len(rows) != 1 or not bytes(rows[0]).startswith(b'"'):
        _refuse("prompt")
    return Table(b'{"prompt":%s}' % bytes(rows[0])).text("prompt") or ""


def _count(request: Table, name: str, most: int) -> int | None:
    value = request.whole(name)
    if value is not None and not 1 <= value <= most:
        request.wrong(name, f"a whole number from 1 to {most}")
    return value


def _refuse(name: str) -> NoReturn:
    advice = "give one text" if name == "prompt" else "leave it out"
    raise BadRequest(
        f"This model's upstream serves conversations only, which have no such {name!r}: {advice}, or choose another "
        "model.",
        param=name,
    )
