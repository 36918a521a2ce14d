"""Where the members of a JSON object stand in the caller's bytes, so that one can be changed and the rest kept."""

import re
from typing import Final

import msgspec

from waystation.wire.errors import BadRequest

Span = tuple[int, int]

_MEMBERS_MAX: Final = 1_000  # OpenAI has some forty
_REST_MAX_BYTES: Final = 1024 * 1024  # of all but the large members, which would be many small ones: slow to read
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NAME: Final = msgspec.json.Decoder(str)
_OPEN: Final = re.compile(rb'[ \t\r\n]*[{,][ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*")[ \t\r\n]*:[ \t\r\n]*')
_CLOSE: Final = re.compile(rb"[ \t\r\n]*(?:\{[ \t\r\n]*)?\}")


class _Large(msgspec.Struct):
    """The members of a request that may be large."""

    messages: msgspec.Raw = msgspec.Raw()
    tools: msgspec.Raw = msgspec.Raw()
    functions: msgspec.Raw = msgspec.Raw()
    response_format: msgspec.Raw = msgspec.Raw()
    prediction: msgspec.Raw = msgspec.Raw()
    system: msgspec.Raw = msgspec.Raw()  # Anthropic's
    documents: msgspec.Raw = msgspec.Raw()  # Cohere's and vLLM's, for retrieval
    input: msgspec.Raw = msgspec.Raw()  # OpenAI's responses and embeddings
    content: msgspec.Raw = msgspec.Raw()  # Gemini's embeddings
    requests: msgspec.Raw = msgspec.Raw()
    contents: msgspec.Raw = msgspec.Raw()  # Gemini's conversations, in both spellings
    systemInstruction: msgspec.Raw = msgspec.Raw()  # noqa: N815 - its name there
    system_instruction: msgspec.Raw = msgspec.Raw()
    texts: msgspec.Raw = msgspec.Raw()  # Cohere's embeddings
    inputs: msgspec.Raw = msgspec.Raw()


def spans_of(body: bytes) -> dict[str, Span]:
    """Name to (start, end) of its value, for a JSON object.

    Raises: BadRequest if it is not a JSON object, is nested deeper than the decoder goes (Python's bound on C calls:
    some 900 levels in 3.11, thousands in 3.12 and 3.13, what the stack bears since 3.14), or gives a member twice:
    of two, one reader takes the first and the next one the last, and the price must be for one.
    Lone surrogate escapes are let through; UTF-8 inside strings is not checked.
    """
    text, values = _decode(body)
    if len(values) > _MEMBERS_MAX:
        raise BadRequest(f"The body has more than {_MEMBERS_MAX} members.")
    return _measured(body, values) or _walked(text, values)


def _measured(body: bytes, values: dict[str, msgspec.Raw]) -> dict[str, Span] | None:
    """The fast way: where the members stand if nothing but punctuation is between them.

    Names and values with four bytes for each, and the opening brace, fill the body only when no name is given
    twice or spelled with escapes and no space is added: each of these makes the body longer than the sum.
    """
    spans = {}
    at = 1
    for name, value in values.items():
        start = at + len(name) + 3
        end = start + len(value)
        spans[name] = (start, end)
        at = end + 1
    return spans if at == len(body) else None


def _walked(text: bytes, values: dict[str, msgspec.Raw]) -> dict[str, Span]:
    """A value that is not where the decoder's last one of that name would be is the first of two."""
    spans: dict[str, Span] = {}
    at = 0
    name = ""
    while found := _OPEN.match(text, at):
        name = _NAME.decode(found[1])
        start = found.end()
        if name in spans or not text.startswith(values[name], start):
            raise _twice(name)
        at = start + len(values[name])
        spans[name] = (start, at)
    if not _CLOSE.match(text, at):  # 12 was taken for the beginning of 123
        raise _twice(name)
    return spans


def _twice(name: str) -> BadRequest:
    shown = name[:64]
    return BadRequest(f"The member {shown!r} is given twice.", param=shown)


def _decode(body: bytes) -> tuple[bytes, dict[str, msgspec.Raw]]:
    """The members, and the text that they were decoded from: the body, or one without its lone surrogates."""
    try:
        if len(body) > _REST_MAX_BYTES:
            _check_rest(body)
        return body, _MEMBERS.decode(body)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8.") from error
    except msgspec.ValidationError as error:
        raise BadRequest("The body must be a JSON object.") from error
    except msgspec.DecodeError as error:
        text = without_surrogates(body)
        if text == body:
            raise BadRequest(f"The body is not valid JSON: {error}.") from error
    return _decode(text)


def _check_rest(body: bytes) -> None:
    large = msgspec.json.decode(body, type=_Large)
    rest = len(body) - sum(map(len, msgspec.structs.astuple(large)))
    if rest > _REST_MAX_BYTES:
        raise BadRequest(f"Members other than messages and tools take more than {_REST_MAX_BYTES} bytes.")


def without_surrogates(text: bytes) -> bytes:
    r"""The same JSON, byte for byte as long, for a decoder that refuses half a surrogate pair: \ud83d is \u083d.

    Only the structure of the outcome is to be trusted. Equal to `text` if it has no such escape.
    """
    return text.replace(b"\\ud", b"\\u0").replace(b"\\uD", b"\\u0")
