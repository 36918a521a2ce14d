"""A vendor's events as one JSON array."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.gemini_generate.streams import event
from waystation.dialects.gemini_generate.array import ArrayReader
from waystation.dialects.gemini_generate.reader import GeminiEvents
from waystation.wire.errors import Truncated, UpstreamError
from waystation.wire.usage import Heard, Usage

SPENT = {"promptTokenCount": 3, "totalTokenCount": 7}
EVENTS = [event({"text": "a"}), event({"text": "你"}), event(finish="STOP", usageMetadata=SPENT)]
STREAM = b": hello\n\n" + b"".join(b"data: " + json.dumps(one).encode() + b"\r\n\r\n" for one in EVENTS)


def reader() -> ArrayReader:
    return ArrayReader(GeminiEvents(1, "call"))


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_elements_however_they_come(cuts: list[int]) -> None:
    lane = reader()
    edges = [0, *sorted(cuts), len(STREAM)]
    out = [lane.feed(STREAM[start:end]) for start, end in pairwise(edges)]
    assert lane.finished
    assert json.loads(b"".join([*out, lane.close()])) == EVENTS
    assert lane.usage == Heard(Usage(input_tokens=3, output_tokens=4), ())


def test_each_element_goes_out_when_it_is_there() -> None:
    lane = reader()
    first = lane.feed(b"data: " + json.dumps(EVENTS[0]).encode() + b"\n\n")
    assert json.loads(first + b"]") == EVENTS[:1]
    second = lane.feed(b"data: [DONE]\n\ndata: " + json.dumps(EVENTS[1]).encode() + b"\n\n")
    assert second.startswith(b",")


def test_a_stream_that_breaks_off_is_truncated() -> None:
    lane = reader()
    lane.feed(b"data: " + json.dumps(EVENTS[0]).encode() + b"\n\n")
    with pytest.raises(Truncated):
        lane.close()


def test_what_came_before_a_fault_can_still_be_sent() -> None:
    lane = reader()
    with pytest.raises(UpstreamError):
        lane.feed(b"data: " + json.dumps(EVENTS[0]).encode() + b"\n\ndata: {}\n\ndata: no\n\n")
    assert json.loads(lane.unsent + b"]") == [EVENTS[0], {}]
