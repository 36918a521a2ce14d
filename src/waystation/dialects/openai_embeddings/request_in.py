"""A caller's request for embeddings, into words."""

from typing import Final, Literal

import msgspec

from waystation.dialects.asking import check_model
from waystation.dialects.streamless import refuse_stream
from waystation.dialects.table import Table
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.errors import BadRequest

Encoding = Literal["float", "base64"]
_Input = str | tuple[int, ...]

_INPUTS: Final = msgspec.json.Decoder(str | list[str | int | tuple[int, ...]])
_ENCODINGS: Final[dict[str, Encoding]] = {"float": "float", "base64": "base64"}
_DUE: Final = "a string, or an array of strings, of token ids, or of arrays of token ids"


def decode_request(body: bytes) -> EmbeddingRequest:
    """Raises: BadRequest."""
    table = Table(body.removeprefix(b"\xef\xbb\xbf"))
    if table.flag("stream"):
        refuse_stream()
    inputs, single = _inputs(table)
    return EmbeddingRequest(
        dialect="openai.embeddings",
        model=check_model(table.need("model", table.text("model"))),
        inputs=inputs,
        single=single,
        dimensions=_dimensions(table),
        encoding=_encoding(table),
        user=table.text("user"),
        extras=table.left(),
    )


def _inputs(table: Table) -> tuple[tuple[_Input, ...], bool]:
    """The inputs, and whether they were one: a string or an array of token ids."""
    raw = table.need("input", table.raw("input"))
    try:
        found = _INPUTS.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"'input' must be {_DUE}.", param="input") from error
    if isinstance(found, str):
        return (found,), True
    if not found:
        table.wrong("input", "given")
    ids = tuple(one for one in found if isinstance(one, int))
    if len(ids) == len(found):
        return (ids,), True
    inputs = tuple(one for one in found if not isinstance(one, int))
    if ids or len({type(one) for one in inputs}) > 1:
        table.wrong("input", _DUE)
    return inputs, False


def _dimensions(table: Table) -> int | None:
    dimensions = table.whole("dimensions")
    if dimensions is not None and dimensions < 1:
        table.wrong("dimensions", "a whole number above 0")
    return dimensions


def _encoding(table: Table) -> Encoding:
    encoding = _ENCODINGS.get(table.text("encoding_format") or "float")
    if encoding is None:
        table.wrong("encoding_format", "'float' or 'base64'")
    return encoding
