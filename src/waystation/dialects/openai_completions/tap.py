"""The stream of completions on its way from vendor to caller, byte for byte."""

from waystation.dialects.bridge import TapReader
from waystation.dialects.codec import Ask
from waystation.dialects.framing import Frame
from waystation.dialects.openai_completions.reader import CompletionEvents
from waystation.wire.events import StreamEvent


class CompletionTap(TapReader):
    """A `StreamReader`. The chunk that has usage and no choices is the answer to our own question: a caller who did
    not ask never sees it.
    """

    __slots__ = ("_completions", "_include_usage")

    def __init__(self, ask: Ask) -> None:
        self._completions = CompletionEvents(ask.choices)
        self._include_usage = ask.include_usage
        super().__init__(self._completions)

    def _render(self, frame: Frame, events: list[StreamEvent]) -> bytes:
        return b"" if self._completions.usage_alone and not self._include_usage else frame.raw
