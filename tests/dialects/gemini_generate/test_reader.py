"""A vendor's stream, into words."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.gemini_generate.streams import event, frame, parts
from tests.dialects.openai_chat.streams import check_order, frames, parts_of
from waystation.dialects.framing import Frame
from waystation.dialects.gemini_generate.reader import GeminiEvents
from waystation.dialects.gemini_generate.reply_in import decode_reply
from waystation.wire.chat import Part, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.errors import BadAnswer, Truncated, VendorFailure
from waystation.wire.events import BlockEnded, Finished, Metered, Started, StreamEvent, TextDelta
from waystation.wire.usage import Heard, Usage

A = {"text": "a"}
SPENT = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
STOP = event(finish="STOP")


def read(*given: Any, choices: int = 1) -> tuple[list[StreamEvent], GeminiEvents]:
    reader = GeminiEvents(choices, "call_9")
    return [out for one in given for out in reader.read(one if isinstance(one, Frame) else frame(one))], reader


def test_a_stream_is_read_to_its_end() -> None:
    face: dict[str, Any] = {"responseId": "r", "modelVersion": "m", "createTime": "1970-01-01T00:00:07Z"}
    events, reader = read(event(A, **face), event(finish="STOP", usageMetadata=SPENT))
    assert events == [Started(id="r", model="m", created=7), TextDelta("a"), Metered(HEARD)]
    assert (reader.finished, reader.ended) == (True, False)
    assert reader.close() == [BlockEnded(), Finished("stop")]


@pytest.mark.parametrize(
    "nothing", [Frame(b": x\n\n", b"", None), Frame(b"", b"", b""), Frame(b"", b"", b" [DONE]"), {}]
)
def test_what_is_no_event_is_nothing(nothing: object) -> None:
    events, reader = read(nothing)
    assert events == []
    assert not reader.finished


def test_the_last_count_is_the_bills() -> None:
    events, _ = read(
        {"usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}},
        event(A, usageMetadata={"promptTokenCount": 3}),
        event(A, finish="STOP", usageMetadata="odd"),
        {"usageMetadata": SPENT},
    )
    meters = [one.heard.usage.output_tokens for one in events if isinstance(one, Metered)]
    assert meters == [0, 0, 4]
    assert isinstance(events[0], Started)


def test_what_comes_after_the_finish_counts() -> None:
    events, _ = read(event(A, finish="STOP"), event(A))
    assert [one.text for one in events if isinstance(one, TextDelta)] == ["a", "a"]


@pytest.mark.parametrize(
    "given", [(), (event(A),), (event(A, finish="STOP"), event(A, index=1)), ({"usageMetadata": SPENT},)]
)
def test_a_stream_that_breaks_off_is_truncated(given: tuple[Any, ...]) -> None:
    _, reader = read(*given, choices=2)
    assert not reader.finished
    with pytest.raises(Truncated):
        reader.close()


def test_of_two_that_were_asked_for_one_may_come() -> None:
    _, reader = read(event(A, finish="STOP"), choices=2)
    assert not reader.finished
    assert reader.close() == [BlockEnded(), Finished("stop")]


@pytest.mark.parametrize("choices", [1, 2])
def test_a_refused_prompt_ends_the_stream(choices: int) -> None:
    events, reader = read({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": SPENT}, choices=choices)
    assert events == [Started(), Metered(HEARD)]
    assert reader.finished
    assert reader.close() == [Finished("content_filter")]


def test_a_verdict_after_the_answer_began_changes_nothing() -> None:
    _, reader = read(event(A), {"promptFeedback": {"blockReason": "SAFETY"}})
    assert not reader.finished


def test_choices_are_kept_apart() -> None:
    events, reader = read(event(A, index=1), event(A, finish="STOP"), event(finish="MAX_TOKENS", index=1), choices=2)
    assert events[1:] == [TextDelta("a", 0, 1), TextDelta("a", 0, 0)]
    assert reader.finished
    assert reader.close() == [BlockEnded(0, 0), Finished("stop", 0), BlockEnded(0, 1), Finished("length", 1)]


def test_who_asked_for_one_gets_it_whatever_its_number() -> None:
    assert read(event(A, index=7))[0][1:] == [TextDelta("a")]


@pytest.mark.parametrize("index", [2, -1])
def test_a_candidate_that_no_one_asked_for_is_refused(index: int) -> None:
    with pytest.raises(BadAnswer):
        read(event(A, index=index), choices=2)


def test_an_error_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure) as caught:
        read(event(A), {"error": {"code": 429, "message": "secret", "status": "RESOURCE_EXHAUSTED"}})
    assert caught.value.vendor_type == "RESOURCE_EXHAUSTED"


def merged(found: tuple[Part, ...]) -> tuple[str, str, tuple[tuple[str, str, str], ...]]:
    """All that was said, however it was cut into parts."""
    return (
        "".join(part.text for part in found if isinstance(part, TextPart)),
        "".join(part.text for part in found if isinstance(part, ThinkingPart)),
        tuple((part.id, part.name, part.arguments) for part in found if isinstance(part, ToolCallPart)),
    )


@given(st.lists(st.lists(parts(), max_size=3), max_size=4))
def test_a_stream_says_what_the_plain_answer_says(said: list[list[dict[str, Any]]]) -> None:
    events, reader = read(*(event(*some) for some in said), event(finish="STOP", usageMetadata=SPENT))
    events += reader.close()
    whole = event(*(part for some in said for part in some), finish="STOP", usageMetadata=SPENT)
    plain = decode_reply(json.dumps(whole).encode(), "call_9")
    assert merged(parts_of(events)) == merged(plain.choices[0].parts)
    assert [one.heard for one in events if isinstance(one, Metered)][-1] == plain.heard
    assert events[-1] == Finished(plain.choices[0].finish_reason)


@given(st.lists(st.lists(parts(), max_size=3), max_size=4), st.booleans())
def test_events_come_in_order(said: list[list[dict[str, Any]]], cited: bool) -> None:
    last = event(finish="STOP", usageMetadata=SPENT)
    if cited:
        last["candidates"][0]["groundingMetadata"] = {"groundingChunks": [{"web": {"uri": "u"}}]}
    events, reader = read(*(event(*some, usageMetadata=SPENT) for some in said), last)
    check_order([*events, *reader.close()])


@given(st.lists(parts(), max_size=6), st.lists(st.integers(0, 5_000), max_size=6))
def test_chunking_does_not_matter(said: list[dict[str, Any]], cuts: list[int]) -> None:
    chunks = [event(part, usageMetadata=SPENT) for part in said]
    stream = b"".join(b"data: " + json.dumps(one).encode() + b"\r\n\r\n" for one in chunks)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    assert seen(read(*frames(pieces))[0]) == seen(read(*chunks)[0])


def seen(events: list[StreamEvent]) -> list[str]:
    """Raw JSON has no equality of its own."""
    return [
        str(type(one)) + json.dumps([str(getattr(one, name)) for name in ("text", "block") if hasattr(one, name)])
        for one in events
    ]
