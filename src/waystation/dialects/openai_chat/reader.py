"""A vendor's chat stream, into words."""

from typing import Final

from waystation.dialects.framing import Frame
from waystation.dialects.openai_chat.answer import NULL, failure_of, hear_usage
from waystation.dialects.openai_chat.chunks import Choice, Chunk, decode_chunk
from waystation.dialects.openai_chat.speech import Speech
from waystation.wire.errors import BadAnswer, Truncated
from waystation.wire.events import Metered, Started, StreamEvent
from waystation.wire.usage import Heard

_DONE: Final = b"[DONE]"


class ChatEvents:
    """An `EventReader`. A stream without `[DONE]` is whole if every choice that has begun has its finish_reason:
    llama.cpp and transformers give one, whatever `n` asks.
    """

    __slots__ = ("_begun", "_call_id", "_choices", "_heard", "_repeated", "_speeches", "ended")

    def __init__(self, choices: int, call_id: str) -> None:
        self.ended = False
        self._choices = choices
        self._call_id = call_id
        self._begun = False
        self._speeches: dict[int, Speech] = {}
        self._heard: Heard | None = None
        self._repeated = False

    @property
    def finished(self) -> bool:
        return self.ended or (len(self._speeches) >= self._choices and self._all_ended())

    def read(self, frame: Frame) -> list[StreamEvent]:
        payload = frame.data
        if self.ended or not payload:
            return []
        if frame.event == b"error":  # DashScope's own errors have no `error` member
            raise failure_of(payload)
        if payload.strip() == _DONE:
            return self._end()
        chunk = decode_chunk(payload)
        out: list[StreamEvent] = []
        if not self._begun:
            self._begin(chunk, out)
        for choice in chunk.choices or ():
            self._speech(choice).hear(choice, out)
            if choice.usage != NULL:
                self._meter(hear_usage(choice.usage), chunk.service_tier, out)
        if chunk.usage != NULL:
            self._meter(hear_usage(chunk.usage), chunk.service_tier, out)
        return out

    def close(self) -> list[StreamEvent]:
        if self.ended:
            return []
        if not (self._speeches and self._all_ended()):
            raise Truncated("the stream ended before its finish")
        return self._end()

    def _begin(self, chunk: Chunk, out: list[StreamEvent]) -> None:
        """A chunk with neither choices nor usage is none of the answer's: Azure's verdict on the prompt comes first."""
        if chunk.choices or chunk.usage != NULL:
            self._begun = True
            model, created = chunk.model or None, chunk.created
            out.append(Started(id=chunk.id or None, model=model, created=created, service_tier=chunk.service_tier))

    def _speech(self, choice: Choice) -> Speech:
        """Whoever asked for one answer gets one, whatever its number."""
        index = 0 if self._choices == 1 else choice.index or 0
        speech = self._speeches.get(index)
        if speech is None:
            if not 0 <= index < self._choices:
                raise BadAnswer(f"a choice beyond the {self._choices} that were asked for")
            speech = self._speeches[index] = Speech(index, f"{self._call_id}_{index}")
        return speech

    def _meter(self, heard: Heard | None, tier: str | None, out: list[StreamEvent]) -> None:
        """Some vendors repeat the count as it grows."""
        if heard is None:
            return
        heard = heard.served(tier)
        if self._heard is not None and self._heard.usage != heard.usage:
            self._repeated = True
        self._heard = heard
        out.append(Metered(Heard(heard.usage, (*heard.marks, "usage_repeated")) if self._repeated else heard))

    def _all_ended(self) -> bool:
        return all(speech.ended for speech in self._speeches.values())

    def _end(self) -> list[StreamEvent]:
        if not self._speeches:
            raise Truncated("the stream ended before it began")
        self.ended = True
        out: list[StreamEvent] = []
        for index in sorted(self._speeches):
            self._speeches[index].finish(out)
        return out
