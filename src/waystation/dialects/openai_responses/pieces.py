"""A whole answer in the pieces that its stream would have come in."""

from collections.abc import Iterator

import msgspec

from waystation.dialects.openai_responses.items_out import Names, image_item
from waystation.dialects.openai_responses.seals import DIALECT
from waystation.wire.chat import (
    ChatReply,
    Choice,
    ForeignPart,
    ImagePart,
    Inline,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
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


def events_of(reply: ChatReply, names: Names) -> Iterator[StreamEvent]:
    """Of its first choice. A picture comes as OpenAI's tool for them would give it."""
    yield Started(id=reply.id, model=reply.model, created=reply.created, service_tier=reply.service_tier)
    choice = reply.choices[0] if reply.choices else Choice()
    logprobs = choice.logprobs
    for block, part in enumerate(choice.parts):
        if isinstance(part, TextPart):
            yield TextDelta(part.text, block, 0, logprobs)
            logprobs = None
        yield from _events(part, block, names)
        seal = _seal_of(part)
        if seal is not None:
            yield Sealed(seal, block)
        yield BlockEnded(block)
    yield Finished(choice.finish_reason)
    if reply.heard is not None:
        yield Metered(reply.heard)


def _events(part: Part, block: int, names: Names) -> Iterator[StreamEvent]:
    match part:
        case TextPart(annotations=annotations):
            yield from (Annotated(annotation, block) for annotation in annotations)
        case ThinkingPart(text=text, redacted=redacted):
            yield ThinkingDelta(text, block, redacted=redacted)
        case RefusalPart(text=text):
            yield RefusalDelta(text, block)
        case ToolCallPart():
            yield ToolCallStarted(part.id, part.name, block, custom=part.custom)
            yield ToolCallDelta(part.arguments, block)
        case ForeignPart():
            yield ForeignBlock(part, block)
        case ImagePart(source=Inline(_, data)):
            raw = msgspec.Raw(msgspec.json.encode(image_item(names.item("ig", block), data)))
            yield ForeignBlock(ForeignPart(dialect=DIALECT, kind="image_generation_call", raw=raw), block)
        case _:  # sounds and files have no item
            pass


def _seal_of(part: Part) -> Seal | None:
    return part.seal if isinstance(part, TextPart | ThinkingPart | ToolCallPart) else None
