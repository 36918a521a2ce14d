"""What keeping a conversation needs of a request and its answer, without making them into words."""

from typing import Final

import msgspec

from waystation.dialects.framing import SseReader
from waystation.dialects.lanes import EVENT_BYTES_MAX
from waystation.wire.errors import BadRequest

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_ENDS: Final = frozenset({"response.completed", "response.incomplete"})


class Turn(msgspec.Struct, frozen=True):
    """A caller's turn. `store`: the answer is to be kept, which is what OpenAI does unless it is told otherwise."""

    previous_response_id: str | None = None
    store: bool | None = None
    input: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def stores(self) -> bool:
        return self.store is not False


class _Event(msgspec.Struct):
    type: str
    response: msgspec.Raw = msgspec.Raw(b"null")


_TURN: Final = msgspec.json.Decoder(Turn)
_EVENT: Final = msgspec.json.Decoder(_Event)


def read_turn(body: bytes) -> Turn:
    """Raises: BadRequest."""
    try:
        return _TURN.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body is not a request for a response: {error}.") from error
    except _UNREADABLE as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from error


def final_response(last: bytes, *, stream: bool) -> bytes | None:
    """The whole response object in the last bytes of an answer; None if they hold none."""
    if not stream:
        return last
    reader = SseReader(EVENT_BYTES_MAX)
    for frame in (*reader.feed(last), *reader.close()):
        if frame.data and (response := _response_in(frame.data)) is not None:
            return response
    return None


def _response_in(data: bytes) -> bytes | None:
    try:
        event = _EVENT.decode(data)
    except _UNREADABLE:
        return None
    return bytes(event.response) if event.type in _ENDS else None
