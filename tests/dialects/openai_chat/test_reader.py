"""A vendor's stream, into words."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_chat.streams import check_order, deltas, frames, parts_of
from waystation.dialects.framing import Frame
from waystation.dialects.openai_chat.reader import ChatEvents
from waystation.dialects.openai_chat.reply_in import decode_reply
from waystation.wire.errors import BadAnswer, Truncated, VendorFailure
from waystation.wire.events import BlockEnded, Finished, Metered, Started, StreamEvent, TextDelta
from waystation.wire.usage import Heard, Usage

SPENT = {"prompt_tokens": 3, "completion_tokens": 4}
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
DONE = Frame(b"", b"", b"[DONE]")


def frame(payload: object, event: bytes = b"") -> Frame:
    return Frame(b"", event, json.dumps(payload).encode())


def chunk(text: str | None = None, finish: str | None = None, index: int = 0, **more: Any) -> Frame:
    return frame({"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]} | more)


def read(*given: Frame, choices: int = 1) -> tuple[list[StreamEvent], ChatEvents]:
    events = ChatEvents(choices, "call_9")
    return [event for one in given for event in events.read(one)], events


def test_a_stream_is_read_to_its_end() -> None:
    events, reader = read(
        chunk("a", id="i", model="m", created=5, service_tier="flex"),
        chunk(finish="stop"),
        frame({"choices": [], "usage": SPENT}),
        DONE,
        chunk("too late"),
    )
    assert events == [
        Started(id="i", model="m", created=5, service_tier="flex"),
        TextDelta("a"),
        Metered(HEARD),
        BlockEnded(),
        Finished("stop"),
    ]
    assert (reader.ended, reader.finished, reader.close()) == (True, True, [])


def test_a_verdict_on_the_prompt_begins_nothing() -> None:
    verdict = frame({"id": "", "model": "", "choices": [], "prompt_filter_results": []})
    events, _ = read(verdict, chunk("a", id="i", model="m"))
    assert events == [Started(id="i", model="m"), TextDelta("a")]


def test_pings_and_comments_are_nothing() -> None:
    assert read(Frame(b": x\n\n", b"", None), Frame(b"data:\n\n", b"", b""), frame({"ping": 1}))[0] == []


def test_a_stream_without_its_last_event_is_whole_if_all_is_said() -> None:
    _, reader = read(chunk("a"), chunk(finish="length"))
    assert (reader.finished, reader.ended) == (True, False)
    assert reader.close() == [BlockEnded(), Finished("length")]
    assert reader.ended


def test_of_two_that_were_asked_for_one_may_come() -> None:
    _, reader = read(chunk("a", finish="stop"), choices=2)
    assert not reader.finished
    assert reader.close() == [BlockEnded(), Finished("stop")]


@pytest.mark.parametrize("given", [(), (chunk("a"),), (chunk("a", "stop"), chunk("b", index=1))])
def test_a_stream_that_breaks_off_is_truncated(given: tuple[Frame, ...]) -> None:
    _, reader = read(*given, choices=2)
    with pytest.raises(Truncated):
        reader.close()


def test_an_end_without_a_beginning_is_no_answer() -> None:
    with pytest.raises(Truncated):
        read(DONE)


def test_spark_has_no_word_for_the_end() -> None:
    assert read(chunk("a"), DONE)[0][-1] == Finished("stop")


def test_what_comes_after_the_finish_counts() -> None:
    events, _ = read(chunk("a", finish="stop"), chunk("b", finish="stop"), DONE)
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["a", "b"]


def test_counts_are_heard_wherever_they_stand() -> None:
    more = SPENT | {"completion_tokens": 5}
    events, _ = read(
        chunk("a", usage=None),
        frame({"choices": [{"index": 0, "delta": {}, "usage": SPENT}]}),
        chunk("b", usage=more),
        chunk("c", usage="much"),
        chunk("d", usage=more),
    )
    grown = Heard(Usage(input_tokens=3, output_tokens=5), ("usage_repeated",))
    assert [event for event in events if isinstance(event, Metered)] == [
        Metered(HEARD),
        Metered(grown),
        Metered(grown),
    ]


def test_choices_are_kept_apart() -> None:
    events, reader = read(chunk("a", index=1), chunk("b", "stop"), chunk(None, "length", index=1), DONE, choices=2)
    assert events[1:] == [
        TextDelta("a", 0, 1),
        TextDelta("b", 0, 0),
        BlockEnded(0, 0),
        Finished("stop", 0),
        BlockEnded(0, 1),
        Finished("length", 1),
    ]
    assert reader.finished


def test_who_asked_for_one_gets_it_whatever_its_number() -> None:
    assert read(chunk("a", index=7))[0][1:] == [TextDelta("a")]
    assert read(frame({"choices": [{"index": None, "delta": {"content": "a"}}]}), choices=2)[0][1:] == [TextDelta("a")]


@pytest.mark.parametrize("index", [2, -1])
def test_a_choice_that_no_one_asked_for_is_refused(index: int) -> None:
    with pytest.raises(BadAnswer):
        read(chunk("a", index=index), choices=2)


@pytest.mark.parametrize("bad", [frame({"error": {"code": "busy"}}), frame({"code": "busy", "message": "m"}, b"error")])
def test_an_error_is_the_vendors_failure(bad: Frame) -> None:
    with pytest.raises(VendorFailure) as caught:
        read(chunk("a"), bad)
    assert caught.value.vendor_code == "busy"


def test_ids_are_made_as_in_a_plain_answer() -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    events, _ = read(frame({"choices": [{"delta": {"tool_calls": [call]}}]}), DONE)
    plain = decode_reply(json.dumps({"choices": [{"message": {"tool_calls": [call]}}]}).encode(), "call_9")
    assert parts_of(events) == plain.choices[0].parts


@given(st.lists(deltas(), max_size=8), st.booleans())
def test_events_come_in_order(said: list[dict[str, Any]], done: bool) -> None:
    chunks = [frame({"choices": [{"index": 0, "delta": one}], "usage": SPENT}) for one in said]
    reader = ChatEvents(1, "call_9")
    events = [event for one in (*chunks, chunk(finish="stop"), *([DONE] * done)) for event in reader.read(one)]
    check_order([*events, *reader.close()])


@given(st.lists(deltas(), max_size=8), st.lists(st.integers(0, 5_000), max_size=6))
def test_chunking_does_not_matter(said: list[dict[str, Any]], cuts: list[int]) -> None:
    chunks = [{"choices": [{"index": 0, "delta": one}]} for one in said]
    stream = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    assert read(*frames(pieces))[0] == read(*map(frame, chunks))[0]
