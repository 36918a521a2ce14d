"""A vendor's events as one JSON array, for callers who ask for a stream without alt=sse."""

from waystation.dialects.bridge import TapReader
from waystation.dialects.codec import EventReader
from waystation.dialects.framing import Frame
from waystation.wire.events import StreamEvent


class ArrayReader(TapReader):
    """A `StreamReader`: each event's data unchanged, as an element."""

    __slots__ = ("_begun",)

    def __init__(self, events: EventReader) -> None:
        super().__init__(events)
        self._begun = False

    def _render(self, frame: Frame, events: list[StreamEvent]) -> bytes:
        """Comments and empty events are none of it."""
        data = (frame.data or b"").strip()
        if not data.startswith(b"{"):
            return b""
        before, self._begun = b",\n" if self._begun else b"[", True
        return before + data

    def _end(self) -> bytes:
        return super()._end() + b"]"
