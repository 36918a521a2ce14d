"""Server-sent events, cut out of bytes as they arrive. Source: html.spec.whatwg.org, section 9.2 (2026-11)."""

import re
from typing import Final, NamedTuple

from waystation.wire.errors import BodyTooLarge

_BOM: Final = b"\xef\xbb\xbf"
_LINES_MAX: Final = 10_000  # in one event, so that taking it apart never takes long
_LF: Final = 10
_CR: Final = 13
# An empty line ends an event. A CR that is the last byte so far may be half a CRLF, so it decides nothing yet,
# except after a lone CR: that stream ends its lines with CR, and a LF that follows is read as an empty line.
_END: Final = re.compile(rb"\n\n|\n\r\n|\n\r(?=[^\n])|\r\n\n|\r\n\r\n|\r\n\r(?=[^\n])|\r\r")
_LONGEST_UNDECIDED: Final = len(b"\r\n\r")


class Frame(NamedTuple):
    """One event, or a run of comments. `raw` is exact, with comments and the empty line that ends it.

    `event` is b"" when unnamed; `data` is None when there was no data line.
    """

    raw: bytes
    event: bytes
    data: bytes | None


class SseReader:
    """Bytes in, frames out, whatever the chunking. A leading byte order mark is dropped; id and retry are ignored."""

    __slots__ = ("_begun", "_buffer", "_carriage", "_max_event_bytes", "_scanned")

    def __init__(self, max_event_bytes: int) -> None:
        self._max_event_bytes = max_event_bytes
        self._buffer = bytearray()
        self._scanned = 0
        self._begun = False
        self._carriage = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Raises: BodyTooLarge for an event past the bound."""
        if not self._begun:
            data = self._begin(data)
        size = len(data)
        if self._buffer or data.find(_CR) >= 0 or data[-2:] != b"\n\n" or size > self._max_event_bytes:
            return self._gather(data)
        # The fast path: nothing is buffered, lines end with LF, and the last event is complete.
        if data.find(_LF) == size - 2 and data[:6] == b"data: ":
            return [Frame(data, b"", data[6:-2])]
        *pieces, rest = data.split(b"\n\n")
        self._buffer += rest  # the last of an odd number of empty lines
        return [_parse(piece + b"\n\n") for piece in pieces]

    def close(self) -> list[Frame]:
        """The event that the stream broke off in, if any, as though its empty line had come.

        Browsers drop such an event; vendors forget the last line's end often enough to look at it.
        """
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._scanned = 0
        if not rest.strip(b"\r\n"):
            return []
        return [_parse(rest + (b"\n" if rest.endswith((b"\n", b"\r")) else b"\n\n"))]

    def _begin(self, data: bytes) -> bytes:
        """Everything so far, without the mark; b"" while it could still be the beginning of one."""
        data = bytes(self._buffer) + data
        self._buffer.clear()
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._buffer += data
            return b""
        self._begun = True
        return data.removeprefix(_BOM)

    def _gather(self, data: bytes) -> list[Frame]:
        self._carriage = self._carriage or data.find(_CR) >= 0
        self._buffer += data
        frames = []
        start = 0
        while (end := self._next_end()) >= 0:
            frames.append(_parse(bytes(self._buffer[start:end])))
            self._check(end - start)
            start = self._scanned = end
        del self._buffer[:start]
        self._scanned = max(0, len(self._buffer) - _LONGEST_UNDECIDED)
        self._check(len(self._buffer))
        return frames

    def _next_end(self) -> int:
        """Where the next event ends, or -1. Never looks twice at more than the last few bytes."""
        if self._carriage:
            match = _END.search(self._buffer, self._scanned)
            return match.end() if match else -1
        found = self._buffer.find(b"\n\n", self._scanned)
        return found + 2 if found >= 0 else -1

    def _check(self, size: int) -> None:
        if size > self._max_event_bytes:
            raise BodyTooLarge(f"an event of more than {self._max_event_bytes} bytes")


def _parse(raw: bytes) -> Frame:
    if raw[:6] == b"data: " and raw.find(_LF) == len(raw) - 2 and raw.find(_CR) < 0:
        return Frame(raw, b"", raw[6:-2])
    if raw[:7] == b"event: " and raw.find(_CR) < 0:  # a name and its data, as Anthropic and OpenAI's responses have
        at = raw.find(_LF)
        if raw[at + 1 : at + 7] == b"data: " and raw.find(_LF, at + 7) == len(raw) - 2:
            return Frame(raw, raw[7:at], raw[at + 7 : -2])
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", _LINES_MAX)
    if len(lines) > _LINES_MAX:
        raise BodyTooLarge(f"an event of more than {_LINES_MAX} lines")
    event = b""
    data = []
    for line in lines:
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.removeprefix(b" ")
    return Frame(raw, event, b"\n".join(data) if data else None)
