"""Tool calls, put together from the deltas of servers that differ."""

from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.calls import Calls
from waystation.dialects.openai_chat.chunks import Delta
from waystation.wire.chat import Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import BlockEnded, Sealed, StreamEvent, ToolCallDelta, ToolCallStarted


def read(*deltas: list[dict[str, Any]] | dict[str, Any]) -> list[StreamEvent]:
    """Events of deltas, each a list of calls, or an old function call; blocks begin at 1."""
    calls, block = Calls(0, "made"), 1
    out: list[StreamEvent] = []
    for said in deltas:
        members = {"tool_calls" if isinstance(said, list) else "function_call": said}
        block = calls.hear(msgspec.json.decode(msgspec.json.encode(members), type=Delta), block, out)
    calls.finish(block, out)
    assert calls.any
    return out


def begun(identity: str, name: str = "f", block: int = 1, *, custom: bool = False) -> ToolCallStarted:
    return ToolCallStarted(identity, name, block, 0, custom)


def call(arguments: Any = None, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}} | more


WHOLE = [begun("c"), ToolCallDelta('{"a":', 1), ToolCallDelta("1}", 1), BlockEnded(1)]


@pytest.mark.parametrize(
    "deltas",
    [
        ([call("", "f", index=0, id="c")], [call('{"a":', index=0)], [call("1}", index=0)]),
        ([call('{"a":', "f", index=0, id="c")], [call("1}", "f", index=0, id="c")]),
        ([call('{"a":', "f", id="c")], [call("1}", id="c")]),
        ([call('{"a":', "f", id="c")], [call("1}")]),
        ([call(None, None, index=0, id="c")], [call('{"a":', "f", index=0)], [call("1}", index=0)]),
        ([call(None, "f", index=0)], [call('{"a":', index=0, id="c")], [call("1}", index=0, id="late")]),
    ],
)
def test_one_call_however_it_is_cut(deltas: Any) -> None:
    assert read(*deltas) == WHOLE


def test_arguments_that_come_before_the_name_wait_for_it() -> None:
    deltas = [call('{"a":', index=0, id="c")], [call("1}", index=0)], [call(None, "f", index=0)]
    assert read(*deltas) == [begun("c"), ToolCallDelta('{"a":1}', 1), BlockEnded(1)]


def test_a_whole_call_may_come_at_once_and_its_arguments_as_an_object() -> None:
    assert read([call({"a": [1]}, "f")]) == [begun("made_0"), ToolCallDelta('{"a":[1]}', 1), BlockEnded(1)]
    assert read([call({}, "f", id="c")]) == [begun("c"), BlockEnded(1)]


@pytest.mark.parametrize(
    "deltas",
    [
        ([call("1", "f", index=0, id="c"), call("2", "g", index=1, id="d")],),
        ([call("1", "f", index=0, id="c")], [call("2", "g", index=0, id="d")]),
        ([call("1", "f", id="c"), call("2", "g", id="d")],),
        ([call("1", "f", index=0, id="c")], [call(None, "g", index=0)], [call("2", index=0, id="d")]),
    ],
)
def test_several_calls_are_several_blocks(deltas: Any) -> None:
    expected = [
        begun("c"),
        ToolCallDelta("1", 1),
        begun("d", "g", 2),
        ToolCallDelta("2", 2),
        BlockEnded(1),
        BlockEnded(2),
    ]
    assert read(*deltas) == expected


def test_calls_without_number_and_id_are_told_apart_by_their_names() -> None:
    assert [event for event in read([call("1", "f")], [call("2", "g")]) if isinstance(event, ToolCallStarted)] == [
        begun("made_0"),
        begun("made_1", "g", 2),
    ]


def test_deltas_of_calls_may_be_mixed() -> None:
    deltas = (
        [call(None, "f", index=0, id="c"), call(None, "g", index=1, id="d")],
        [call("2", index=1), call("1", index=0)],
    )
    assert read(*deltas)[2:4] == [ToolCallDelta("2", 2), ToolCallDelta("1", 1)]


def test_a_call_that_never_got_a_name_is_told_without_one() -> None:
    assert read([call("1", index=0, id="c")], [{"index": 1}]) == [
        begun("c", ""),
        ToolCallDelta("1", 1),
        BlockEnded(1),
        begun("made_1", "", 2),
        BlockEnded(2),
    ]


def test_custom_tools_have_an_input() -> None:
    first = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "f", "input": ""}}
    assert read([first], [{"index": 0, "custom": {"input": "x"}}]) == [
        begun("c", custom=True),
        ToolCallDelta("x", 1),
        BlockEnded(1),
    ]


def test_an_old_function_call_is_a_call() -> None:
    assert read({"name": "f"}, {"arguments": "{"}, {"arguments": "}"}) == [
        begun("made_0"),
        ToolCallDelta("{", 1),
        ToolCallDelta("}", 1),
        BlockEnded(1),
    ]


def test_a_call_that_is_written_twice_counts_once() -> None:
    calls = Calls(0, "made")
    both = {"tool_calls": [call("1", "f", id="c")], "function_call": {"name": "f", "arguments": "1"}}
    out: list[StreamEvent] = []
    calls.hear(msgspec.json.decode(msgspec.json.encode(both), type=Delta), 1, out)
    assert out == [begun("c"), ToolCallDelta("1", 1)]


def test_seals_stand_on_their_calls() -> None:
    sealed = {"extra_content": {"google": {"thought_signature": "s"}}}
    seal = Sealed(Seal("openai.chat", "s"), 1)
    assert read([call("1", "f", id="c", **sealed)]) == [begun("c"), ToolCallDelta("1", 1), seal, BlockEnded(1)]
    assert read([call("1", "f", index=0, id="c")], [{"index": 0, **sealed}])[2] == seal
    odds: list[object] = [{"google": 5}, {"google": None}, {"google": {}}, 5]
    for odd in odds:
        assert len(read([call("1", "f", id="c", extra_content=odd)])) == 3


def test_arguments_without_a_name_are_bounded() -> None:
    with pytest.raises(BadAnswer):
        read(*[[call("x" * 300_000, index=0)] for _ in range(5)])
