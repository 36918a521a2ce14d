"""One event of a vendor's stream, typed as far as it is made into words."""

from typing import Final

import msgspec

from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import NULL, UNREADABLE
from waystation.dialects.openai_chat.lenient import read_leniently
from waystation.wire.errors import BadAnswer


class Event(msgspec.Struct, gc=False):
    """`delta` is text in all events that matter here; the last four are in those that end a part."""

    type: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    delta: str | None = None
    logprobs: msgspec.Raw = NULL
    item: msgspec.Raw = NULL
    annotation: msgspec.Raw = NULL
    response: msgspec.Raw = NULL
    error: msgspec.Raw = NULL
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None


class Details(msgspec.Struct, gc=False):
    reason: str | None = None


class Response(msgspec.Struct, gc=False):
    """`created_at` is Unix seconds; some servers give fractions."""

    id: str | None = None
    model: str | None = None
    created_at: float | None = None
    status: str | None = None
    service_tier: str | None = None
    incomplete_details: Details | None = None
    output: list[msgspec.Raw] | None = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL

    @property
    def created(self) -> int | None:
        seconds = self.created_at
        return int(seconds) if seconds is not None and 0 <= seconds <= _SECONDS_MAX else None


_SECONDS_MAX: Final = 2**53  # beyond it no clock goes, nor a float by ones

_EVENT: Final = msgspec.json.Decoder(Event)
_RESPONSE: Final = msgspec.json.Decoder(Response)
_ANY: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_event(payload: bytes) -> Event:
    """Raises: BadAnswer if it is not a JSON object."""
    try:
        return _EVENT.decode(payload)
    except UNREADABLE:
        event = read_leniently(payload, Event)
    if event == Event():
        _check(payload)
    return event


def decode_response(raw: msgspec.Raw) -> Response:
    try:
        return _RESPONSE.decode(raw)
    except UNREADABLE:
        return read_leniently(bytes(raw), Response)


def _check(payload: bytes) -> None:
    text = without_surrogates(payload.decode("utf-8", "replace").removeprefix("\ufeff").encode())
    try:
        _ANY.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadAnswer(f"not an event: {error}") from None
