"""A vendor's stream, into words."""

from functools import partial
from typing import Final

from waystation.dialects.framing import Frame
from waystation.dialects.gemini_generate.chunks import NULL, Candidate, Chunk, decode_chunk, raws_of
from waystation.dialects.gemini_generate.speech import Speech
from waystation.dialects.gemini_generate.times import seconds_of
from waystation.dialects.gemini_generate.usage import Meter
from waystation.wire.errors import BadAnswer, Truncated
from waystation.wire.events import Metered, Started, StreamEvent

_DONE: Final = b"[DONE]"  # of relays that speak OpenAI's language otherwise


class GeminiEvents:
    """An `EventReader`. This language has no last event: the connection's end is the stream's."""

    __slots__ = ("_begun", "_blocked", "_call_id", "_choices", "_meter", "_speeches", "ended")

    def __init__(self, choices: int, call_id: str) -> None:
        self.ended = False
        self._choices = choices
        self._call_id = call_id
        self._begun = False
        self._blocked = False
        self._speeches: dict[int, Speech] = {}
        self._meter = Meter()

    @property
    def finished(self) -> bool:
        return self._blocked or (len(self._speeches) >= self._choices and self._all_ended())

    def read(self, frame: Frame) -> list[StreamEvent]:
        payload = frame.data
        if not payload or payload.strip() == _DONE:
            return []
        chunk = decode_chunk(payload)
        out: list[StreamEvent] = []
        if not self._begun:
            self._begin(chunk, out)
        for at, candidate in enumerate(chunk.candidates or ()):
            self._speech(candidate).hear(candidate, partial(raws_of, payload, at), out)
        if chunk.blocked and not self._speeches:
            self._blocked = True
            self._speech(Candidate()).block()
        if chunk.usage_metadata != NULL:
            heard = self._meter.hear(chunk.usage_metadata)
            if heard is not None:
                out.append(Metered(heard))
        return out

    def close(self) -> list[StreamEvent]:
        if not self._speeches or not self._all_ended():
            raise Truncated("the stream ended before its finish")
        out: list[StreamEvent] = []
        for index in sorted(self._speeches):
            self._speeches[index].finish(out)
        return out

    def _begin(self, chunk: Chunk, out: list[StreamEvent]) -> None:
        if chunk.candidates or chunk.blocked or chunk.usage_metadata != NULL:
            self._begun = True
            created = seconds_of(chunk.create_time)
            out.append(Started(id=chunk.response_id or None, model=chunk.model_version or None, created=created))

    def _speech(self, candidate: Candidate) -> Speech:
        """Whoever asked for one answer gets one, whatever its number."""
        index = 0 if self._choices == 1 else candidate.index or 0
        speech = self._speeches.get(index)
        if speech is None:
            if not 0 <= index < self._choices:
                raise BadAnswer(f"a candidate beyond the {self._choices} that were asked for")
            speech = self._speeches[index] = Speech(index, self._call_id)
        return speech

    def _all_ended(self) -> bool:
        return all(speech.ended for speech in self._speeches.values())
