import msgspec
import pytest

from waystation.dialects.listener import Listener, facts_of
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    Choice,
    ForeignPart,
    ImagePart,
    Inline,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
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
from waystation.wire.usage import Heard, Usage

SEARCH = ForeignPart(dialect="openai.responses", kind="web_search_call", raw=msgspec.Raw(b'{"q":1}'))
HEARD = Heard(Usage(input_tokens=1, output_tokens=2), ())
PARTS = (
    ThinkingPart(text="Hm"),
    TextPart(text="你好!"),
    RefusalPart(text="No"),
    ToolCallPart(id="c", name="look", arguments="{}"),
    SEARCH,
    ImagePart(source=Inline("image/png", "AAAA")),
    ForeignPart(dialect="gemini.generate", kind="media", raw=msgspec.Raw(b'"AAAA"')),
)
EVENTS: list[StreamEvent] = [
    Started(model="m-1"),
    ThinkingDelta("Hm"),
    TextDelta("你"),
    TextDelta("好!"),
    RefusalDelta("No"),
    ToolCallStarted("c", "look", block=3),
    ToolCallDelta("{}", block=3),
    ForeignBlock(SEARCH, block=4),
    ForeignBlock(PARTS[-1], block=5),
    Finished("stop", choice=1),
    Finished("length"),
    Metered(HEARD),
]


def test_a_stream_and_a_plain_answer_say_the_same_of_themselves() -> None:
    listener = Listener()
    for event in EVENTS:
        listener.hear(event)
    choices = (Choice(parts=PARTS, finish_reason="length"), Choice(index=1))
    facts = facts_of(ChatReply(dialect="openai.chat", model="m-1", choices=choices, heard=HEARD))
    assert (listener.weight, listener.finish_reasons, listener.response_model, listener.usage) == (
        facts.weight,
        facts.finish_reasons,
        facts.response_model,
        facts.usage,
    )
    assert facts.weight == Weight(ascii_chars=18, wide_chars=2)
    assert facts.finish_reasons == ("length", "stop")


@pytest.mark.parametrize("event", EVENTS[1:6] + EVENTS[7:10])
def test_an_answer_has_begun_with_its_first_word_or_end(event: StreamEvent) -> None:
    listener = Listener()
    listener.hear(Started())
    listener.hear(Metered(HEARD))
    assert listener.begun is False
    listener.hear(event)
    assert listener.begun is True


@pytest.mark.parametrize("event", [Sealed(Seal("gemini.generate", "x")), BlockEnded(), Annotated(Annotation())])
def test_a_seal_begins_an_answer_too(event: StreamEvent) -> None:
    listener = Listener()
    listener.hear(event)
    assert (listener.begun, listener.weight) == (True, Weight())


@pytest.mark.parametrize("model", [None, "", "x" * 257, "a\nb"])
def test_what_is_no_name_is_not_noted_as_the_model(model: str | None) -> None:
    listener = Listener()
    listener.hear(Started(model=model))
    assert listener.response_model is None
