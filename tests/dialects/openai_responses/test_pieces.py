"""A whole answer in the pieces that its stream would have come in."""

import msgspec

from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.pieces import events_of
from waystation.wire.chat import (
    Annotation,
    AudioPart,
    ChatReply,
    Choice,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
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
from waystation.wire.usage import Heard, Usage

RAW = msgspec.Raw(b"[1]")
SEAL = Seal("gemini.generate", "s")
NAMES = Names("call_9")


def events(*parts: Part) -> list[StreamEvent]:
    """Between the beginning and the end."""
    reply = ChatReply(dialect="openai.chat", choices=(Choice(parts=parts, logprobs=RAW),))
    found = list(events_of(reply, NAMES))
    assert (found[0], found[-1]) == (Started(), Finished("stop"))
    return found[1:-1]


def test_texts() -> None:
    cited = Annotation(url="u")
    assert events(TextPart(text="a", annotations=(cited,), seal=SEAL), TextPart(text="b")) == [
        TextDelta("a", 0, 0, RAW),
        Annotated(cited, 0),
        Sealed(SEAL, 0),
        BlockEnded(0),
        TextDelta("b", 1),
        BlockEnded(1),
    ]


def test_thoughts_refusals_and_calls() -> None:
    call = ToolCallPart(id="c", name="f", arguments="x", custom=True, seal=SEAL)
    assert events(ThinkingPart(text="h", redacted=True), RefusalPart(text="no"), call) == [
        ThinkingDelta("h", 0, redacted=True),
        BlockEnded(0),
        RefusalDelta("no", 1),
        BlockEnded(1),
        ToolCallStarted("c", "f", 2, custom=True),
        ToolCallDelta("x", 2),
        Sealed(SEAL, 2),
        BlockEnded(2),
    ]


def test_a_picture_is_the_work_of_openais_tool() -> None:
    first, _ = events(ImagePart(source=Inline("image/png", "QQ==")))
    assert isinstance(first, ForeignBlock)
    assert msgspec.json.decode(first.part.raw) == {
        "id": "ig_9_0",
        "type": "image_generation_call",
        "status": "completed",
        "result": "QQ==",
    }


def test_what_has_no_item_only_ends() -> None:
    foreign = ForeignPart(dialect="openai.chat", kind="x", raw=RAW)
    assert events(foreign) == [ForeignBlock(foreign, 0), BlockEnded(0)]
    for part in (AudioPart(source=Inline("audio/wav", "QQ==")), ImagePart(source=Link("https://x"))):
        assert events(part) == [BlockEnded(0)]


def test_the_whole_of_it() -> None:
    heard = Heard(Usage(input_tokens=1, output_tokens=2), ())
    reply = ChatReply(dialect="openai.chat", id="i", model="v", created=5, service_tier="flex", heard=heard)
    assert list(events_of(reply, NAMES)) == [
        Started(id="i", model="v", created=5, service_tier="flex"),
        Finished("stop"),
        Metered(heard),
    ]
