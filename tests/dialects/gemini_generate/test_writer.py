"""Words into a stream for the caller."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.gemini_generate.streams import event, frame, parts
from tests.dialects.openai_chat.streams import parts_of
from waystation.dialects.codec import Asked, Place
from waystation.dialects.gemini_generate.own import GivenReasoning
from waystation.dialects.gemini_generate.reader import GeminiEvents
from waystation.dialects.gemini_generate.writer import GeminiWriter
from waystation.dialects.seal import wrap
from waystation.wire.chat import Annotation, ChatRequest, ForeignPart, Seal, TextPart, ToolCallPart
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

HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
OTHERS = Seal("anthropic.messages", "sig")
WRAPPED = wrap(OTHERS)
SHOWN = GivenReasoning(summary="auto", config={})
FACE = {"modelVersion": "v", "createTime": "1970-01-01T00:00:08Z", "responseId": "9"}


def writer(*, array: bool = False, reasoning: GivenReasoning | None = SHOWN) -> GeminiWriter:
    request = ChatRequest(dialect="gemini.generate", model="m", messages=(), reasoning=reasoning)
    return GeminiWriter(
        Asked(request=request, call_id="call_9", at=7, place=Place(model="m", stream=True, array=array))
    )


def sent(*events: StreamEvent, **more: Any) -> list[Any]:
    out = writer(**more)
    written = b"".join([*map(out.write, events), out.close()])
    return [json.loads(line.removeprefix(b"data: ")) for line in written.split(b"\n\n") if line]


def said(*events: StreamEvent, **more: Any) -> list[Any]:
    """The parts of all events but the last, which is the end."""
    found = sent(*events, Finished("stop"), **more)[:-1]
    return [part for one in found for part in one["candidates"][0]["content"]["parts"]]


def test_an_answer_is_a_stream_of_events() -> None:
    first, last = sent(
        Started(id="x", model="v", created=8), TextDelta("a"), BlockEnded(), Metered(HEARD), Finished("length")
    )
    assert first == {"candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}, "index": 0}]} | FACE
    end = {"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}
    assert last == {"candidates": [end], "usageMetadata": usage} | FACE


def test_a_stream_may_begin_without_a_word() -> None:
    (first, _) = sent(TextDelta("a"), Finished("stop"))
    assert (first["modelVersion"], first["createTime"]) == ("m", "1970-01-01T00:00:07Z")


def test_an_array_is_one() -> None:
    out = writer(array=True)
    events: list[StreamEvent] = [Started(), TextDelta("a"), TextDelta("b"), Finished("stop"), Metered(HEARD)]
    whole = json.loads(b"".join([*map(out.write, events), out.close()]))
    assert len(whole) == 3
    assert whole[2]["usageMetadata"]["totalTokenCount"] == 7


def test_an_array_may_be_empty() -> None:
    assert writer(array=True).close() == b"[]"
    assert writer().close() == b""


def test_usage_may_come_alone() -> None:
    (only,) = sent(Metered(HEARD))
    assert "candidates" not in only
    assert only["usageMetadata"]["totalTokenCount"] == 7


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([ThinkingDelta("a")], [{"text": "a", "thought": True}]),
        ([ThinkingDelta("")], []),
        ([TextDelta("")], []),
        ([RefusalDelta("no")], [{"text": "no"}]),
        ([TextDelta("a"), Sealed(OTHERS)], [{"text": "a"}, {"text": "", "thoughtSignature": WRAPPED}]),
        (
            [ThinkingDelta("a"), Sealed(OTHERS)],
            [{"text": "a", "thought": True}, {"text": "", "thought": True, "thoughtSignature": WRAPPED}],
        ),
        (
            [ThinkingDelta("", redacted=True), Sealed(OTHERS)],
            [{"text": "", "thought": True, "thoughtSignature": wrap(Seal("anthropic.messages", "redacted:sig"))}],
        ),
        ([Sealed(Seal("gemini.generate", "s"))], [{"text": "", "thought": True, "thoughtSignature": "s"}]),
        (
            [ToolCallStarted("c", "f"), ToolCallDelta('{"a":'), ToolCallDelta("1}"), Sealed(OTHERS), BlockEnded()],
            [{"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}, "thoughtSignature": WRAPPED}],
        ),
        ([ToolCallStarted("c", "f"), BlockEnded()], [{"functionCall": {"id": "c", "name": "f", "args": {}}}]),
        (
            [ToolCallStarted("c", "f"), ToolCallDelta("free"), BlockEnded()],
            [{"functionCall": {"id": "c", "name": "f", "args": {"input": "free"}}}],
        ),
        (
            [ForeignBlock(ForeignPart(dialect="gemini.generate", kind="k", raw=msgspec.Raw(b'{"k":1}')))],
            [{"k": 1}],
        ),
        ([ForeignBlock(ForeignPart(dialect="openai.chat", kind="k", raw=msgspec.Raw(b"{}")))], []),
    ],
)
def test_a_block_is_parts(events: list[StreamEvent], expected: object) -> None:
    assert said(*events) == expected


def test_thoughts_are_hidden_from_those_who_did_not_ask() -> None:
    signature = {"text": "", "thought": True, "thoughtSignature": WRAPPED}
    assert said(ThinkingDelta("a"), Sealed(OTHERS), reasoning=None) == [signature]


def test_citations_come_with_the_end() -> None:
    cited = Annotated(Annotation(url="u", start=0, end=1))
    *_, last = sent(TextDelta("ab"), cited, BlockEnded(), Finished("stop"))
    segment = {"startIndex": 0, "endIndex": 1, "text": "a"}
    grounding = last["candidates"][0]["groundingMetadata"]
    assert grounding["groundingSupports"] == [{"segment": segment, "groundingChunkIndices": [0]}]
    *_, last = sent(TextDelta("ab"), TextDelta("c", 1), cited, Finished("stop"))
    assert last["candidates"][0]["groundingMetadata"] == {"groundingChunks": [{"web": {"uri": "u"}}]}


def test_logprobs_come_with_their_text() -> None:
    first, _ = sent(TextDelta("a", logprobs=msgspec.Raw(b'[{"token":"a","logprob":-1.0}]')), Finished("stop"))
    assert first["candidates"][0]["logprobsResult"] == {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}


def test_choices_are_kept_apart() -> None:
    events: list[StreamEvent] = [TextDelta("a", 0, 1), TextDelta("b", 0, 0), Finished("length", 1), Finished("stop", 0)]
    *pieces, last = sent(*events)
    assert [one["candidates"][0]["index"] for one in pieces] == [1, 0]
    assert [(one["index"], one["finishReason"]) for one in last["candidates"]] == [(0, "STOP"), (1, "MAX_TOKENS")]


@given(st.lists(parts(), max_size=6))
def test_what_is_written_is_read_again(given_: list[dict[str, Any]]) -> None:
    events = through(frame(event(*given_, finish="STOP", usageMetadata={"promptTokenCount": 1, "totalTokenCount": 5})))
    out = writer()
    written = b"".join([*map(out.write, events), out.close()])
    again = through(*(frame(json.loads(line.removeprefix(b"data: "))) for line in written.split(b"\n\n") if line))
    assert words(again) == words(events)


def through(*frames: Any) -> list[StreamEvent]:
    reader = GeminiEvents(1, "call_9")
    return [*(one for given in frames for one in reader.read(given)), *reader.close()]


def words(events: list[StreamEvent]) -> Any:
    found = parts_of(events)
    calls = [
        (part.id, part.name, json.loads(part.arguments), part.seal) for part in found if isinstance(part, ToolCallPart)
    ]
    seals = sorted(one.seal.text for one in events if isinstance(one, Sealed))
    metered = [one.heard for one in events if isinstance(one, Metered)][-1]
    return "".join(part.text for part in found if isinstance(part, TextPart)), calls, seals, metered, events[-1]
