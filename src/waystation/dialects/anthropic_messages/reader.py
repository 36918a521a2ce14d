"""A vendor's stream, into words."""

import msgspec

from waystation.dialects.anthropic_messages.chunks import NULL, Event, Message, decode_event
from waystation.dialects.anthropic_messages.failures import failure_of
from waystation.dialects.anthropic_messages.finishes import reason_of
from waystation.dialects.anthropic_messages.speech import Speech
from waystation.dialects.anthropic_messages.usage import Meter
from waystation.dialects.framing import Frame
from waystation.wire.errors import Truncated
from waystation.wire.events import Finished, Metered, Started, StreamEvent


class AnthropicEvents:
    """An `EventReader`. The answer ends with `message_stop`, or with its connection once its stop_reason was told."""

    __slots__ = ("_begun", "_meter", "_speech", "_stop_sequence", "_word", "ended")

    def __init__(self, call_id: str) -> None:
        self.ended = False
        self._begun = False
        self._meter = Meter()
        self._speech = Speech(call_id)
        self._word: str | None = None
        self._stop_sequence: str | None = None

    @property
    def finished(self) -> bool:
        return self.ended or self._word is not None

    def read(self, frame: Frame) -> list[StreamEvent]:
        payload = frame.data
        if self.ended or not payload:
            return []
        if frame.event == b"error":
            raise failure_of(payload)
        out: list[StreamEvent] = []
        event = decode_event(payload)
        index = event.index or 0
        match event.type:
            case "content_block_delta" if event.delta is not None:
                self._begin(None, out)
                self._speech.go_on(index, event.delta, out)
            case "content_block_start":
                self._begin(None, out)
                self._speech.begin(index, event.content_block, out)
            case "content_block_stop":
                self._speech.end(index, out)
            case "message_start":
                self._start(event, out)
            case "message_delta":
                self._stop(event, out)
            case "message_stop":
                self._begin(None, out)
                self._end(out)
        return out

    def close(self) -> list[StreamEvent]:
        if self.ended:
            return []
        if self._word is None:
            raise Truncated("the stream ended before its stop_reason")
        out: list[StreamEvent] = []
        self._end(out)
        return out

    def _begin(self, message: Message | None, out: list[StreamEvent]) -> None:
        if not self._begun:
            self._begun = True
            known = message or Message()
            out.append(Started(id=known.id or None, model=known.model or None))

    def _start(self, event: Event, out: list[StreamEvent]) -> None:
        self._begin(event.message, out)
        if event.message is not None and event.message.usage != NULL:
            self._hear(event.message.usage, out)

    def _stop(self, event: Event, out: list[StreamEvent]) -> None:
        self._begin(None, out)
        if event.delta is not None and event.delta.stop_reason is not None:
            self._word = event.delta.stop_reason
            self._stop_sequence = event.delta.stop_sequence
        if event.usage != NULL:
            self._hear(event.usage, out)

    def _hear(self, usage: msgspec.Raw, out: list[StreamEvent]) -> None:
        heard = self._meter.hear(usage)
        if heard is not None:
            out.append(Metered(heard))

    def _end(self, out: list[StreamEvent]) -> None:
        self.ended = True
        self._speech.finish(out)
        reason = reason_of(self._word, calls=self._speech.calls)
        out.append(Finished(reason, stop_sequence=self._stop_sequence))
