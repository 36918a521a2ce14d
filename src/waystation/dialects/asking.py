"""What every dialect reads of a request on the tap: a few members, without decoding the rest."""

from collections.abc import Callable
from typing import Final

import msgspec

from waystation.dialects.codec import Ask, Edit
from waystation.dialects.members import Span, spans_of
from waystation.wire.errors import BadRequest

TOKENS_MAX: Final = 2**31 - 1
_MODEL_MAX_CHARS: Final = 256
_NUMBER_MAX_BYTES: Final = 32
_BOM: Final = b"\xef\xbb\xbf"
_NULL: Final = b"null"
_STRING: Final = msgspec.json.Decoder(str)
_NUMBER: Final = msgspec.json.Decoder(int | float)

Spans = dict[str, Span]


def without_mark(body: bytes, decode: Callable[[bytes], Ask]) -> Ask:
    """`decode`'s ask for a body that may begin with a byte order mark, which is accepted and not passed on."""
    if body.startswith(_BOM):
        return _moved(decode(body[len(_BOM) :]), len(_BOM))
    return decode(body)


def check_model(model: str) -> str:
    """Raises: BadRequest unless it can be a model's name."""
    if not 0 < len(model) <= _MODEL_MAX_CHARS or not model.isprintable():
        raise BadRequest(f"'model' must have 1 to {_MODEL_MAX_CHARS} printable characters.", param="model")
    return model


def chars_in(body: bytes) -> int:
    try:
        return len(body.decode())
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8.") from error


def read_flag(body: bytes, span: Span, param: str) -> bool:
    value = body[span[0] : span[1]]
    if value == b"true":
        return True
    if value in (b"false", _NULL):
        return False
    raise BadRequest(f"{param!r} must be true or false.", param=param)


def read_model(body: bytes, spans: Spans) -> str:
    try:
        start, end = spans["model"]
        model = _STRING.decode(body[start:end])
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest("'model' must be a string that names a model.", param="model") from error
    return check_model(model)


def read_count(body: bytes, span: Span, name: str, most: int) -> int:
    """A number from 1 to `most`, or 0 for null. Raises: BadRequest."""
    value = body[span[0] : span[1]]
    if value == _NULL:
        return 0
    try:
        number = _NUMBER.decode(value[:_NUMBER_MAX_BYTES])
    except msgspec.MsgspecError:
        number = 0
    whole = int(number)
    if whole != number or not 1 <= whole <= most or len(value) > _NUMBER_MAX_BYTES:
        raise BadRequest(f"{name!r} must be a whole number from 1 to {most}.", param=name)
    return whole


def edited(body: bytes, edits: tuple[Edit, ...]) -> bytes:
    """The body with its edits made; they never overlap."""
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits):
        pieces += (body[at : edit.start], edit.text)
        at = edit.end
    return b"".join((*pieces, body[at:]))


def retargeted(body: bytes, ask: Ask, model: str) -> bytes:
    """The caller's bytes with another model's name, and the codec's own fixes."""
    start, end = ask.model_span
    same = model == ask.model
    if same and not ask.fixes:
        return body
    name = body[start:end] if same else msgspec.json.encode(model)
    if not ask.fixes:
        return b"".join((body[:start], name, body[end:]))
    return edited(body, (*ask.fixes, Edit(start, end, name)))


def _moved(ask: Ask, by: int) -> Ask:
    """The same for a body that begins with `by` bytes which are not to be passed on."""
    start, end = ask.model_span
    fixes = [Edit(edit.start + by, edit.end + by, edit.text) for edit in ask.fixes]
    return msgspec.structs.replace(ask, model_span=(start + by, end + by), fixes=(Edit(0, by, b""), *fixes))


def usage_option(body: bytes, span: Span | None) -> tuple[bool, tuple[Edit, ...]]:
    """Whether the caller asks for usage in its stream, and what makes its body do so if it does not.

    `span` is that of `stream_options`. Raises: BadRequest.
    """
    if span is None:
        start = body.index(b"{") + 1
        return False, (Edit(start, start, b'"stream_options":{"include_usage":true},'),)
    start, end = span
    if body[start:end] == _NULL:
        return False, (Edit(start, end, b'{"include_usage":true}'),)
    if not body.startswith(b"{", start):
        raise BadRequest("'stream_options' must be an object.", param="stream_options")
    members = spans_of(body[start:end])
    if "include_usage" not in members:
        comma = b"," if members else b""
        return False, (Edit(start + 1, start + 1, b'"include_usage":true' + comma),)
    at, to = members["include_usage"]
    if read_flag(body, (start + at, start + to), "stream_options.include_usage"):
        return True, ()
    return False, (Edit(start + at, start + to, b"true"),)
