"""One candidate of a stream."""

import json
from functools import partial
from typing import Any

import pytest

from tests.dialects.gemini_generate.streams import event
from waystation.dialects.gemini_generate.chunks import decode_chunk, raws_of
from waystation.dialects.gemini_generate.speech import Speech, made_id
from waystation.dialects.seal import wrap
from waystation.wire.chat import Annotation, Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

OWN = Seal("gemini.generate", "s")
A, B, SIGNED = {"text": "a"}, {"text": "b"}, {"text": "a", "thoughtSignature": "s"}
THOUGHT = {"text": "t", "thought": True}


def heard(*events: dict[str, Any], choice: int = 0) -> list[StreamEvent]:
    speech = Speech(choice, "call_9")
    out: list[StreamEvent] = []
    for one in events:
        payload = json.dumps(one).encode()
        for at, candidate in enumerate(decode_chunk(payload).candidates or ()):
            speech.hear(candidate, partial(raws_of, payload, at), out)
    speech.finish(out)
    return out


def grounded(*given: dict[str, Any]) -> dict[str, Any]:
    one = event(*given)
    one["candidates"][0]["groundingMetadata"] = {
        "groundingChunks": [{"web": {"uri": "u"}}],
        "groundingSupports": [{"segment": {"endIndex": 1}, "groundingChunkIndices": [0]}],
    }
    return one


def test_text_and_thoughts_are_blocks() -> None:
    assert heard(event(THOUGHT), event(THOUGHT, A), event(B, finish="STOP")) == [
        ThinkingDelta("t", 0),
        ThinkingDelta("t", 0),
        BlockEnded(0),
        TextDelta("a", 1),
        TextDelta("b", 1),
        BlockEnded(1),
        Finished("stop"),
    ]


def test_a_signature_ends_its_block() -> None:
    assert heard(event(SIGNED), event(B)) == [
        TextDelta("a", 0),
        Sealed(OWN, 0),
        BlockEnded(0),
        TextDelta("b", 1),
        BlockEnded(1),
        Finished("stop"),
    ]


@pytest.mark.parametrize("last", [{"text": "", "thoughtSignature": "s"}, {"thoughtSignature": "s"}])
def test_a_signature_that_comes_alone_belongs_to_the_text_before(last: dict[str, Any]) -> None:
    assert heard(event(A), event(last))[:3] == [TextDelta("a", 0), Sealed(OWN, 0), BlockEnded(0)]
    assert heard(event(last))[:3] == [TextDelta("", 0), Sealed(OWN, 0), BlockEnded(0)]


def test_a_thought_may_be_only_its_signature() -> None:
    other = Seal("openai.responses", "x")
    last = {"thought": True, "thoughtSignature": wrap(other)}
    assert heard(event(last))[:3] == [ThinkingDelta("", 0), Sealed(other, 0), BlockEnded(0)]


def test_parts_that_say_nothing_are_nothing() -> None:
    assert heard(event({"text": ""}, {"text": "", "thought": True})) == [Finished("stop")]


def test_a_call_comes_whole() -> None:
    call = {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}, "thoughtSignature": "s"}
    assert heard(event(A, call, {"functionCall": {}}), event(A, finish="STOP")) == [
        TextDelta("a", 0),
        BlockEnded(0),
        ToolCallStarted("c", "f", 1),
        ToolCallDelta('{"a": 1}', 1),
        Sealed(OWN, 1),
        BlockEnded(1),
        ToolCallStarted("call_9_1", "", 2),
        ToolCallDelta("{}", 2),
        BlockEnded(2),
        TextDelta("a", 3),
        BlockEnded(3),
        Finished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("call_id", "choice", "made"),
    [
        ("call_9", 0, "call_9_3"),
        ("call_9", 2, "call_9_2_3"),
        ("call_" + "x" * 5 + "y" * 20, 0, "call_" + "y" * 20 + "_3"),
    ],
)
def test_ids_are_made_of_ours(call_id: str, choice: int, made: str) -> None:
    assert made_id(call_id, choice, 3) == made


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"executableCode": {"code": "1"}}, "executableCode"),
        ({"inlineData": {"mimeType": "image/png"}}, "media"),
        ({}, "part"),
    ],
)
def test_what_has_no_pieces_comes_whole(part: dict[str, Any], kind: str) -> None:
    _, _, foreign, ended, _ = heard(event(A, part))
    assert isinstance(foreign, ForeignBlock)
    assert (foreign.part.kind, json.loads(bytes(foreign.part.raw)), foreign.block) == (kind, part, 1)
    assert ended == BlockEnded(1)


def test_citations_stand_on_the_text() -> None:
    text, cited, _, _ = heard(grounded(A))
    assert text == TextDelta("a", 0)
    assert isinstance(cited, Annotated)
    annotation = cited.annotation
    assert (annotation.url, annotation.start, annotation.end, cited.block) == ("u", 0, 1, 0)


def test_citations_after_the_text_have_a_block_of_their_own() -> None:
    events = heard(event(A, {"functionCall": {}}), grounded())
    assert TextDelta("", 2) in events
    assert [event.block for event in events if isinstance(event, Annotated)] == [2]


def test_citations_of_two_texts_have_no_place() -> None:
    cited = [one.annotation for one in heard(event(A, THOUGHT, B), grounded()) if isinstance(one, Annotated)]
    assert [(one.start, one.end) for one in cited] == [(None, None)]
    assert all(isinstance(one, Annotation) for one in cited)


def test_no_citations_no_block() -> None:
    one = event()
    one["candidates"][0]["citationMetadata"] = {}
    assert heard(one) == [Finished("stop")]


def test_logprobs_come_with_the_first_text() -> None:
    one = event(A, B)
    one["candidates"][0]["logprobsResult"] = {"chosenCandidates": [{"token": "a", "logProbability": -1}]}
    first, second, *_ = heard(one)
    assert isinstance(first, TextDelta)
    assert first.logprobs is not None
    assert second == TextDelta("b", 0)


def test_a_refused_prompt_is_filtered() -> None:
    speech = Speech(1, "call_9")
    assert not speech.ended
    speech.block()
    out: list[StreamEvent] = []
    speech.finish(out)
    assert out == [Finished("content_filter", 1)]
    assert speech.ended


def test_odd_parts_are_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        heard(event({"inlineData": 5}))
