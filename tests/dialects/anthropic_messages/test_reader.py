"""A vendor's stream, into words."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.anthropic_messages.streams import EVENTS, STOP, delta, frame, sse, start, stop
from tests.dialects.openai_chat.streams import check_order, frames, parts_of
from waystation.dialects.anthropic_messages.reader import AnthropicEvents
from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.dialects.framing import Frame
from waystation.wire.chat import ForeignPart, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.errors import BadAnswer, Truncated, VendorFailure
from waystation.wire.events import BlockEnded, Finished, ForeignBlock, Metered, Started, StreamEvent, TextDelta
from waystation.wire.usage import Heard, Usage

BEGIN = {
    "type": "message_start",
    "message": {"id": "i", "model": "m", "usage": {"input_tokens": 3, "output_tokens": 1}},
}
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
FIRST, LAST = (Metered(Heard(Usage(input_tokens=3, output_tokens=count), ())) for count in (1, 4))


def read(*events: Any) -> tuple[list[StreamEvent], AnthropicEvents]:
    reader = AnthropicEvents("call_9")
    return [word for event in events for word in reader.read(frame(event))], reader


def test_a_stream_is_read_to_its_end() -> None:
    words, reader = read(
        BEGIN, start(0, {"type": "text"}), {"type": "ping"}, delta(0, "text_delta", text="a"), stop(0), ENDED, STOP
    )
    assert words == [Started(id="i", model="m"), FIRST, TextDelta("a"), BlockEnded(), LAST, Finished("stop")]
    assert (reader.ended, reader.finished, reader.close(), reader.read(frame(BEGIN))) == (True, True, [], [])


def test_the_end_may_come_with_the_connections() -> None:
    words, reader = read(BEGIN, delta(0, "text_delta", text="a"), ENDED)
    assert words[2:] == [TextDelta("a"), LAST]
    assert (reader.finished, reader.ended) == (True, False)
    assert reader.close() == [BlockEnded(), Finished("stop")]


def test_a_stop_without_its_reason_is_an_end() -> None:
    words, _ = read(BEGIN, start(0, {"type": "tool_use", "id": "t", "name": "f"}), STOP)
    assert words[-1] == Finished("tool_calls")


def test_a_stop_sequence_is_told() -> None:
    ended = {"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "4"}}
    assert read(ended, STOP)[0] == [Started(), Finished("stop_sequence", stop_sequence="4")]


def test_nothing_and_comments_are_nothing() -> None:
    reader = AnthropicEvents("c")
    assert reader.read(Frame(b": x\n\n", b"", None)) == []
    assert reader.read(Frame(b"data:\n\n", b"", b"")) == []
    assert reader.read(frame({"type": "odd"})) == []
    assert reader.read(frame({"type": "content_block_delta", "index": 0})) == []


def test_no_usage_is_none() -> None:
    begin = {"type": "message_start", "message": {"id": "i"}}
    assert read(begin, {"type": "message_start"}, {"type": "message_delta", "usage": {}})[0] == [Started(id="i")]


@pytest.mark.parametrize("events", [(), (BEGIN,), (BEGIN, delta(0, "text_delta", text="a"), stop(0))])
def test_a_stream_that_breaks_off_is_truncated(events: Any) -> None:
    _, reader = read(*events)
    assert not reader.finished
    with pytest.raises(Truncated):
        reader.close()


def test_errors_in_the_middle() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "secret"}}
    with pytest.raises(VendorFailure) as caught:
        read(BEGIN, error)
    assert caught.value.vendor_type == "overloaded_error"
    with pytest.raises(VendorFailure):
        AnthropicEvents("c").read(Frame(b"", b"error", b"odd"))
    with pytest.raises(BadAnswer):
        AnthropicEvents("c").read(Frame(b"", b"", b"odd"))


@given(st.lists(EVENTS, max_size=12))
def test_whatever_comes_the_order_is_kept(events: list[Any]) -> None:
    words, reader = read(BEGIN, *events, STOP)
    check_order(words)
    assert reader.ended


@given(st.lists(EVENTS, max_size=8), st.lists(st.integers(0, 2_000), max_size=8))
def test_chunking_changes_nothing(events: list[Any], cuts: list[int]) -> None:
    stream = sse(BEGIN, *events, STOP)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    whole, cut_up = AnthropicEvents("c"), AnthropicEvents("c")
    due = [word for one in frames([stream]) for word in whole.read(one)]
    assert [word for one in frames(pieces) for word in cut_up.read(one)] == due


PARTS = st.lists(
    st.one_of(
        st.text("aé你", max_size=4).map(lambda text: {"type": "text", "text": text}),
        st.just({"type": "thinking", "thinking": "hm", "signature": "S"}),
        st.just({"type": "redacted_thinking", "data": "D"}),
        st.sampled_from(["{}", '{"a":1}']).map(
            lambda text: {"type": "tool_use", "id": "t", "name": "f", "input": {} if text == "{}" else {"a": 1}}
        ),
        st.just({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}}),
    ),
    max_size=5,
)


def pieces_of(index: int, block: dict[str, Any]) -> list[Any]:
    match block["type"]:
        case "text":
            deltas = [delta(index, "text_delta", text=char) for char in block["text"]]
            return [start(index, {**block, "text": ""}), *deltas, stop(index)]
        case "thinking":
            thought = delta(index, "thinking_delta", thinking=block["thinking"])
            signed = delta(index, "signature_delta", signature=block["signature"])
            return [start(index, {**block, "thinking": "", "signature": ""}), thought, signed, stop(index)]
        case "redacted_thinking":
            return [start(index, block), stop(index)]
        case _:
            given_input = delta(index, "input_json_delta", partial_json=json.dumps(block["input"]))
            return [start(index, {**block, "input": {}}), given_input, stop(index)]


@given(PARTS)
def test_a_stream_amounts_to_the_plain_answer(blocks: list[dict[str, Any]]) -> None:

    usage = {"input_tokens": 3, "output_tokens": 4}
    answer = {"type": "message", "id": "i", "model": "m", "content": blocks, "stop_reason": "end_turn", "usage": usage}
    reply = decode_reply(json.dumps(answer).encode(), "call_9")
    words, _ = read(BEGIN, *[one for at, block in enumerate(blocks) for one in pieces_of(at, block)], ENDED, STOP)
    heard = [word.heard for word in words if isinstance(word, Metered)]
    finish = [word.reason for word in words if isinstance(word, Finished)]
    (choice,) = reply.choices
    assert (heard[-1], finish) == (reply.heard, [choice.finish_reason])
    told = (TextPart, ThinkingPart, ToolCallPart)
    assert parts_of(words) == tuple(part for part in choice.parts if isinstance(part, told))
    foreign = [json.loads(bytes(word.part.raw)) for word in words if isinstance(word, ForeignBlock)]
    assert foreign == [json.loads(bytes(part.raw)) for part in choice.parts if isinstance(part, ForeignPart)]
