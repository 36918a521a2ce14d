"""One choice of a stream: its blocks and its end."""

from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.chunks import Choice
from waystation.dialects.openai_chat.speech import Speech
from waystation.wire.chat import Annotation, ForeignPart, Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    RefusalDelta,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallStarted,
)

SIGNED = Seal("openai.chat", "s")


def read(*deltas: dict[str, Any], **choice: Any) -> list[StreamEvent]:
    """The events without the end."""
    speech = Speech(0, "made")
    out: list[StreamEvent] = []
    for delta in deltas:
        raw = msgspec.json.encode({"delta": delta} | choice)
        speech.hear(msgspec.json.decode(raw, type=Choice), out)
    speech.finish(out)
    assert isinstance(out[-1], Finished)
    return out[:-1]


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def test_thoughts_text_and_refusal_are_blocks() -> None:
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "h"},
        {"reasoning_content": "m", "reasoning": "m"},
        {"content": "a"},
        {"content": "b"},
        {"refusal": "no"},
        {"reasoning": "again"},
    ]
    assert read(*deltas) == [
        ThinkingDelta("h", 0),
        ThinkingDelta("m", 0),
        BlockEnded(0),
        TextDelta("a", 1),
        TextDelta("b", 1),
        BlockEnded(1),
        RefusalDelta("no", 2),
        BlockEnded(2),
        ThinkingDelta("again", 3),
        BlockEnded(3),
    ]


def test_calls_end_with_the_choice() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f"}}
    assert read({"content": "a"}, {"tool_calls": [call]}, {"content": "b"}) == [
        TextDelta("a", 0),
        BlockEnded(0),
        ToolCallStarted("c", "f", 1),
        TextDelta("b", 2),
        BlockEnded(2),
        BlockEnded(1),
    ]


def test_content_may_be_a_list_of_parts() -> None:
    reference = {"type": "reference", "reference_ids": [1]}
    image = {"type": "image_url", "image_url": "https://x"}
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "thinking"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": ""},
        reference,
        {"type": "refusal", "refusal": "no"},
        image,
    ]
    assert read({"content": content}) == [
        ThinkingDelta("hm", 0),
        BlockEnded(0),
        TextDelta("a", 1),
        BlockEnded(1),
        ForeignBlock(ForeignPart(dialect="openai.chat", kind="reference", raw=raw(reference)), 2),
        BlockEnded(2),
        RefusalDelta("no", 3),
        BlockEnded(3),
        ForeignBlock(ForeignPart(dialect="openai.chat", kind="image_url", raw=raw(image)), 4),
        BlockEnded(4),
    ]
    assert read({"content": {"type": "text", "text": "a"}}) == [TextDelta("a", 0), BlockEnded(0)]


def test_a_part_without_a_type_is_refused() -> None:
    with pytest.raises(BadAnswer):
        read({"content": [{}]})
    with pytest.raises(BadAnswer):
        read({"reasoning_details": [5]})


def test_a_signature_seals_the_thoughts_before_it() -> None:
    deltas: list[dict[str, Any]] = [
        {"reasoning": "h", "reasoning_details": [{"type": "reasoning.text", "text": "h", "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.text", "signature": "s", "index": 0}]},
        {"content": "a"},
    ]
    assert read(*deltas) == [
        ThinkingDelta("h", 0),
        Sealed(SIGNED, 0),
        BlockEnded(0),
        TextDelta("a", 1),
        BlockEnded(1),
    ]


def test_a_seal_without_thoughts_is_a_block_of_its_own() -> None:
    encrypted = {"type": "reasoning.encrypted", "data": "s"}
    signed = {"type": "reasoning.text", "signature": "s"}
    assert read({"reasoning_details": [encrypted, signed, encrypted]}) == [
        ThinkingDelta("", 0, 0, redacted=True),
        Sealed(SIGNED, 0),
        BlockEnded(0),
        ThinkingDelta("", 1),
        Sealed(SIGNED, 1),
        BlockEnded(1),
        ThinkingDelta("", 2, 0, redacted=True),
        Sealed(SIGNED, 2),
        BlockEnded(2),
    ]


def test_thoughts_may_stand_in_details_only() -> None:
    assert read({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}) == [
        ThinkingDelta("hm", 0),
        BlockEnded(0),
    ]


def test_citations_stand_on_a_text() -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "u"}}
    annotation = Annotation(url="u", raw=raw(cited))
    assert read({"content": "a", "annotations": [cited]}) == [
        TextDelta("a", 0),
        Annotated(annotation, 0),
        BlockEnded(0),
    ]
    assert read({"annotations": [cited]}) == [TextDelta("", 0), Annotated(annotation, 0), BlockEnded(0)]


def test_images_are_blocks_of_this_language() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x"}}
    part = ForeignPart(dialect="openai.chat", kind="image_url", raw=raw(image))
    assert read({"images": [image]}) == [ForeignBlock(part, 0), BlockEnded(0)]


def test_probabilities_come_with_their_text() -> None:
    assert read({"content": "a"}, logprobs={"content": [1], "refusal": None}) == [
        TextDelta("a", 0, 0, raw([1])),
        BlockEnded(0),
    ]
    assert read({"content": "a"}, logprobs={"content": None}) == [TextDelta("a", 0), BlockEnded(0)]


@pytest.mark.parametrize(("word", "ended"), [(None, False), ("", False), ("null", False), ("stop", True)])
def test_a_choice_ends_when_the_vendor_says_why(word: str | None, ended: bool) -> None:
    speech = Speech(0, "made")
    speech.hear(Choice(finish_reason=word), [])
    assert speech.ended is ended


def test_the_last_word_for_the_end_counts() -> None:
    out: list[StreamEvent] = []
    speech = Speech(2, "made")
    for word in ("stop", "length", None):
        speech.hear(Choice(finish_reason=word), out)
    speech.finish(out)
    assert out == [Finished("length", 2)]
