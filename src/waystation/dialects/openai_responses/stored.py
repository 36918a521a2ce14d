"""The items of a conversation in a request or a response, as they were written."""

from collections.abc import Sequence
from typing import Final

import msgspec

from waystation.wire.errors import BadRequest

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class _Response(msgspec.Struct):
    id: str | None = None
    output: list[msgspec.Raw] = []


_RESPONSE: Final = msgspec.json.Decoder(_Response)


def input_items(value: msgspec.Raw) -> list[msgspec.Raw]:
    """The items of a request's member `input`: a string is one message. Raises: BadRequest."""
    text = bytes(value)
    if text == b"null":
        return []
    if text.startswith(b'"'):
        return [msgspec.Raw(b'{"type":"message","role":"user","content":' + text + b"}")]
    try:
        return _ROWS.decode(value)
    except _UNREADABLE as error:
        raise BadRequest("'input' must be a string or an array of items.", param="input") from error


def output_items(response: bytes) -> list[msgspec.Raw]:
    """None if it can't be read: a vendor's answer is not to be trusted."""
    try:
        return _RESPONSE.decode(response).output
    except _UNREADABLE:
        return []


def response_id_of(response: bytes) -> str | None:
    try:
        return _RESPONSE.decode(response).id
    except _UNREADABLE:
        return None


def with_history(body: bytes, items: Sequence[msgspec.Raw]) -> bytes:
    """The request with the items before its own, and nothing to go on from. Raises: BadRequest."""
    members = _MEMBERS.decode(body.removeprefix(b"\xef\xbb\xbf"))
    members.pop("previous_response_id", None)
    own = input_items(members.get("input", msgspec.Raw(b"null")))
    return msgspec.json.encode({**members, "input": [*items, *own]})
