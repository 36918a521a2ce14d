"""One event of a stream. Source: the anthropic SDK 2.12, types/raw_*_event.py (2026-11)."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.failures import failure_of
from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.lenient import read_leniently
from waystation.wire.errors import BadAnswer

NULL: Final = msgspec.Raw(b"null")
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NOTHING: Final = (b"null", b"{}", b'""', b"false")


class Delta(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    citation: msgspec.Raw = NULL
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: msgspec.Raw = NULL


class Event(msgspec.Struct, gc=False):
    type: str | None = None
    index: int | None = None
    delta: Delta | None = None
    content_block: msgspec.Raw = NULL
    message: Message | None = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL


class Begun(msgspec.Struct, gc=False):
    """The block that an event begins."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = NULL
    citations: list[msgspec.Raw] | None = None


_EVENT: Final = msgspec.json.Decoder(Event)
_BEGUN: Final = msgspec.json.Decoder(Begun)


def decode_event(payload: bytes) -> Event:
    """Raises: BadAnswer if it is none, VendorFailure if it is an error instead."""
    try:
        event = _EVENT.decode(payload)
    except UNREADABLE:
        event = _decode_odd(payload)
    if event.type == "error" or bytes(event.error) not in _NOTHING:
        raise failure_of(payload)
    return event


def decode_begun(raw: msgspec.Raw) -> Begun:
    try:
        return _BEGUN.decode(raw)
    except UNREADABLE:
        return read_leniently(bytes(raw), Begun)


def _decode_odd(payload: bytes) -> Event:
    """Members of another type than Anthropic's are passed over."""
    text = without_surrogates(payload.decode("utf-8", "replace").removeprefix("\ufeff").encode())
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except UNREADABLE as error:
        raise BadAnswer(f"not an event: {type(error).__name__}") from None
    return read_leniently(text, Event)
