"""What is heard of an answer on its way, whichever lane it takes: model, finish, usage, and how much text."""

from typing import Final

from waystation.dialects.codec import ReplyFacts
from waystation.dialects.weighing import weight_of
from waystation.wire.chat import ChatReply, ForeignPart, Part, RefusalPart, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.estimate import Weight
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Metered,
    RefusalDelta,
    Sealed,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from waystation.wire.usage import Heard

MODEL_MAX_CHARS: Final = 256
_MEDIA: Final = frozenset(("image_url", "media", "image_generation_call"))  # kinds of parts that are mostly base64


class Listener:
    """`begun`: something of the answer itself has come, be it only its end."""

    __slots__ = ("_chars", "_reasons", "_wide", "begun", "response_model", "usage")

    def __init__(self) -> None:
        self.begun = False
        self.response_model: str | None = None
        self._reasons: dict[int, str] = {}
        self.usage: Heard | None = None
        self._chars = 0
        self._wide = 0  # bytes of UTF-8 beyond one for each character

    def hear(self, event: StreamEvent) -> None:
        match event:
            case TextDelta(text) | ThinkingDelta(text) | RefusalDelta(text):
                self.begun = True
                self.add(text)
            case ToolCallDelta(arguments):
                self.add(arguments)
            case ToolCallStarted(_, name):
                self.begun = True
                self.add(name)
            case Metered(heard):
                self.usage = heard
            case Finished(reason, choice):
                self.begun = True
                self._reasons[choice] = reason
            case Started():
                self.note_model(event.model)
            case ForeignBlock(part):
                self.begun = True
                self.add(_text_of(part))
            case Sealed() | Annotated() | BlockEnded():
                self.begun = True

    def add(self, text: str) -> None:
        self._chars += len(text)
        if not text.isascii():
            self._wide += len(text.encode("utf-8", "replace")) - len(text)

    def note_model(self, model: str | None) -> None:
        if model is not None and 0 < len(model) <= MODEL_MAX_CHARS and model.isprintable():
            self.response_model = model

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return tuple(self._reasons[choice] for choice in sorted(self._reasons))

    @property
    def weight(self) -> Weight:
        return weight_of(self._chars + self._wide, self._chars)


def facts_of(reply: ChatReply) -> ReplyFacts:
    """What a plain answer says of itself: the same that its stream would."""
    listener = Listener()
    listener.note_model(reply.model)
    for choice in reply.choices:
        for part in choice.parts:
            listener.add(_text_of(part))
        listener.hear(Finished(choice.finish_reason, choice.index))
    return ReplyFacts(
        usage=reply.heard,
        response_model=listener.response_model,
        finish_reasons=listener.finish_reasons,
        weight=listener.weight,
    )


def _text_of(part: Part) -> str:
    match part:
        case TextPart() | ThinkingPart() | RefusalPart():
            return part.text
        case ToolCallPart():
            return part.name + part.arguments
        case ForeignPart() if part.kind not in _MEDIA:
            return str(bytes(part.raw), "utf-8", "replace")
        case _:  # images, sounds and files are not text
            return ""
