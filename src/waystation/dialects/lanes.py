"""The two lanes of a stream: the vendor's own bytes, or the same in the caller's language. Both are listened to."""

from typing import Final

from waystation.dialects.codec import EventReader, EventWriter
from waystation.dialects.framing import Frame, SseReader
from waystation.dialects.listener import Listener
from waystation.wire.errors import BadAnswer, BodyTooLarge, UpstreamError
from waystation.wire.estimate import Weight
from waystation.wire.events import Metered, StreamEvent
from waystation.wire.usage import Heard

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024  # an image inlined in a delta takes some megabytes


class TapReader:
    """A `StreamReader`: every event's bytes unchanged.

    Before the answer itself begins nothing is handed out, so that a failure until then can be mended elsewhere. From
    the event that ends the last choice on, all is withheld until close, since the bill is posted first.
    """

    __slots__ = ("_counted", "_early", "_events", "_listener", "_sse", "_tail", "_withheld_left", "started", "unsent")

    def __init__(self, events: EventReader, max_event_bytes: int = EVENT_BYTES_MAX) -> None:
        self.started = False
        self.unsent = b""
        self._events = events
        self._listener = Listener()
        self._sse = SseReader(max_event_bytes)
        self._counted = False
        self._early: list[bytes] = []
        self._tail: list[bytes] = []
        self._withheld_left = max_event_bytes

    @property
    def done(self) -> bool:
        return self._events.ended

    @property
    def finished(self) -> bool:
        return self.started and self._events.finished

    @property
    def response_model(self) -> str | None:
        return self._listener.response_model

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return self._listener.finish_reasons

    @property
    def usage(self) -> Heard | None:
        """Partial, if it was told before the end and never again: Anthropic's first event has one token of output."""
        heard = self._listener.usage
        return heard if heard is None or self._counted else heard.partial

    @property
    def weight(self) -> Weight:
        return self._listener.weight

    def feed(self, data: bytes) -> bytes:
        out: list[bytes] = []
        try:
            for frame in self._sse.feed(data):
                out.append(self._take(frame))  # noqa: PERF401 - what came before a fault is kept
        except UpstreamError:
            self.unsent = b"".join(out)
            raise
        return b"".join(out)

    def close(self) -> bytes:
        last = [self._take_last(frame) for frame in self._sse.close()]
        return b"".join((*last, *self._tail, self._end()))

    def _render(self, frame: Frame, events: list[StreamEvent]) -> bytes:
        return frame.raw

    def _end(self) -> bytes:
        for event in self._close():
            self._listener.hear(event)
        return b""

    def _close(self) -> list[StreamEvent]:
        events = self._events.close()
        self._counted = self._counted or any(type(event) is Metered for event in events)
        return events

    def _take(self, frame: Frame) -> bytes:
        """What may be handed out of `frame`, now or with it."""
        if self._events.ended:
            return b""
        events = self._events.read(frame)
        for event in events:
            self._listener.hear(event)
            self._counted = self._counted or (type(event) is Metered and self._events.finished)
        raw = self._render(frame, events)
        if not self.started and not self._start(frame, raw):
            return b""
        if self._early:
            raw = b"".join((*self._early, raw))
            self._early.clear()
        if not self._events.finished:
            return raw
        self._withhold(self._tail, raw)
        return b""

    def _start(self, frame: Frame, raw: bytes) -> bool:
        if self._listener.begun or self._events.finished:
            self.started = True
        elif frame.data is not None:
            self._withhold(self._early, raw)
        return self.started

    def _withhold(self, where: list[bytes], raw: bytes) -> None:
        self._withheld_left -= len(raw)
        if self._withheld_left < 0:
            raise BodyTooLarge("more than may be withheld before an answer's beginning or after its end")
        where.append(raw)

    def _take_last(self, frame: Frame) -> bytes:
        """An event that the stream broke off in counts if it is whole; half of one does not."""
        try:
            return self._take(frame)
        except BadAnswer:
            return b""


class HubReader(TapReader):
    """A `StreamReader`: what the vendor says, in the caller's language."""

    __slots__ = ("_writer",)

    def __init__(self, events: EventReader, writer: EventWriter, max_event_bytes: int = EVENT_BYTES_MAX) -> None:
        super().__init__(events, max_event_bytes)
        self._writer = writer

    def _render(self, frame: Frame, events: list[StreamEvent]) -> bytes:
        if len(events) == 1:
            return self._writer.write(events[0])
        return b"".join(map(self._writer.write, events))

    def _end(self) -> bytes:
        out = []
        for event in self._close():
            self._listener.hear(event)
            out.append(self._writer.write(event))
        return b"".join((*out, self._writer.close()))
