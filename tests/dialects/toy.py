"""A language for tests of the lanes: an event's data is a list of the hub's words, a caller's line is one of them."""

from collections.abc import Callable

from waystation.dialects.framing import Frame
from waystation.wire.errors import BadAnswer, Truncated, VendorFailure
from waystation.wire.events import Finished, Metered, Started, StreamEvent, TextDelta, ThinkingDelta, ToolCallStarted
from waystation.wire.usage import Heard, Usage

WORDS: dict[str, Callable[[str], StreamEvent]] = {
    "start": lambda text: Started(model=text),
    "text": TextDelta,
    "think": ThinkingDelta,
    "call": lambda text: ToolCallStarted("c1", text, block=1),
    "meter": lambda text: Metered(Heard(Usage(input_tokens=7, output_tokens=int(text)), ())),
    "finish": lambda _: Finished("stop"),
}


class ToyReader:
    """Implements `EventReader`. `end` ends the stream, `late` is metered at its close, `boom` is a vendor's failure."""

    def __init__(self) -> None:
        self.finished = False
        self.ended = False
        self._late: list[StreamEvent] = []

    def read(self, frame: Frame) -> list[StreamEvent]:
        return [event for word in (frame.data or b"").decode().split(",") if word for event in self._word(word)]

    def close(self) -> list[StreamEvent]:
        if not self.finished:
            raise Truncated("no end")
        return self._late

    def _word(self, word: str) -> list[StreamEvent]:
        kind, _, text = word.partition("=")
        self.finished = self.finished or kind == "finish"
        self.ended = kind == "end"
        if kind == "boom":
            raise VendorFailure("boom", vendor_code="overloaded")
        if kind == "late":
            self._late = [WORDS["meter"](text)]
        elif kind in WORDS:
            return [WORDS[kind](text)]
        elif not self.ended:
            raise BadAnswer("not a word")
        return []


class ToyWriter:
    """Implements `EventWriter`."""

    def write(self, event: StreamEvent) -> bytes:
        return f"{type(event).__name__}\n".encode()

    def close(self) -> bytes:
        return b"bye\n"


def sse(*words: str) -> bytes:
    return b"".join(f"data: {word}\n\n".encode() for word in words)
