"""How the payloads of a stream become bytes."""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final

import msgspec

from waystation.demo.replies import Wire

EVENT_STREAM: Final = "text/event-stream; charset=utf-8"


class Form(Enum):
    DATA = auto()  # server-sent events with data alone, and [DONE] at the end: OpenAI's chat
    NAMED = auto()  # server-sent events that bear the name of their type
    BARE = auto()  # server-sent events with data alone, CR LF, and nothing at the end: Google
    ARRAY = auto()  # one JSON array, an element at a time: Google, unless `alt=sse` is asked for


_TAILS: Final[dict[Form, tuple[bytes, ...]]] = {Form.DATA: (b"data: [DONE]\n\n",), Form.ARRAY: (b"]",)}
_TYPES: Final = {Form.BARE: "text/event-stream", Form.ARRAY: "application/json; charset=UTF-8"}


def content_type(form: Form) -> str:
    return _TYPES.get(form, EVENT_STREAM)


def frame(form: Form, payload: Wire, *, first: bool = False) -> bytes:
    """One payload; the first of an array opens it, the others follow a comma."""
    return frame_of(form, msgspec.json.encode(payload), str(payload.get("type", "")), first=first)


def frame_of(form: Form, text: bytes, name: str, *, first: bool = False) -> bytes:
    """The same of a payload that is written already."""
    match form:
        case Form.DATA:
            return b"data: %b\n\n" % text
        case Form.NAMED:
            return b"event: %b\ndata: %b\n\n" % (name.encode(), text)
        case Form.BARE:
            return b"data: %b\r\n\r\n" % text
        case Form.ARRAY:
            return (b"[" if first else b",\r\n") + text


def frames(form: Form, payloads: Iterable[Wire]) -> list[bytes]:
    return [frame(form, payload, first=not number) for number, payload in enumerate(payloads)]


def tail(form: Form) -> tuple[bytes, ...]:
    """What stands after the last payload of a whole stream."""
    return _TAILS.get(form, ())
