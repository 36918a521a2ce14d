"""A vendor's stream of completions, into words: each choice is one block of text."""

from typing import Final

import msgspec

from waystation.dialects.framing import Frame
from waystation.dialects.openai_chat.answer import NULL, UNREADABLE, decode_answer, failure_of, hear_usage
from waystation.dialects.openai_chat.finishes import goes_on, reason_of
from waystation.dialects.openai_chat.lenient import read_leniently
from waystation.wire.errors import BadAnswer, Truncated
from waystation.wire.events import BlockEnded, Finished, Metered, Started, StreamEvent, TextDelta

_DONE: Final = b"[DONE]"


class _Choice(msgspec.Struct, gc=False):
    text: str | None = None
    index: int | None = 0
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    created: int | None = None
    choices: list[_Choice] | None = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL


_CHUNK: Final = msgspec.json.Decoder(_Chunk)


class CompletionEvents:
    """An `EventReader`. `choices` counts those of all prompts. Without `[DONE]` a stream is whole if every choice that
    has begun has its finish_reason. `usage_alone`: the last event was a count, and nothing else.
    """

    __slots__ = ("_begun", "_choices", "_said", "_words", "ended", "usage_alone")

    def __init__(self, choices: int) -> None:
        self.ended = False
        self.usage_alone = False
        self._begun = False
        self._choices = choices
        self._said: set[int] = set()  # the choices that have text
        self._words: dict[int, str | None] = {}  # the vendor's word for the end of each choice that has begun

    @property
    def finished(self) -> bool:
        return self.ended or (len(self._words) >= self._choices and self._settled())

    def read(self, frame: Frame) -> list[StreamEvent]:
        self.usage_alone = False
        payload = frame.data
        if self.ended or not payload:
            return []
        if frame.event == b"error":
            raise failure_of(payload)
        if payload.strip() == _DONE:
            return self._end()
        chunk = _decode(payload)
        out: list[StreamEvent] = []
        if not self._begun and (chunk.choices or chunk.usage != NULL):
            self._begun = True
            out.append(Started(id=chunk.id or None, model=chunk.model or None, created=chunk.created))
        self.usage_alone = not chunk.choices and chunk.usage != NULL
        for choice in chunk.choices or ():
            self._hear(choice, out)
        heard = hear_usage(chunk.usage) if chunk.usage != NULL else None
        if heard is not None:
            out.append(Metered(heard))
        return out

    def close(self) -> list[StreamEvent]:
        if self.ended:
            return []
        if not (self._words and self._settled()):
            raise Truncated("the stream ended before its finish")
        return self._end()

    def _hear(self, choice: _Choice, out: list[StreamEvent]) -> None:
        index = 0 if self._choices == 1 else choice.index or 0
        if not 0 <= index < self._choices:
            raise BadAnswer(f"a choice beyond the {self._choices} that were asked for")
        word = choice.finish_reason
        self._words[index] = self._words.get(index) if goes_on(word) else word
        if choice.text:
            self._said.add(index)
            out.append(TextDelta(choice.text, 0, index))

    def _settled(self) -> bool:
        return None not in self._words.values()

    def _end(self) -> list[StreamEvent]:
        if not self._words:
            raise Truncated("the stream ended before it began")
        self.ended = True
        out: list[StreamEvent] = []
        for index in sorted(self._words):
            if index in self._said:
                out.append(BlockEnded(0, index))
            out.append(Finished(reason_of(self._words[index], calls=False), index))
        return out


def _decode(payload: bytes) -> _Chunk:
    """Raises: BadAnswer if it is no chunk, VendorFailure if it is an error instead."""
    try:
        chunk = _CHUNK.decode(payload)
    except UNREADABLE:
        decode_answer(payload)
        return read_leniently(payload, _Chunk)
    if not chunk.choices or chunk.error != NULL:
        decode_answer(payload)
    return chunk
