"""The tool calls of a stream."""

from tests.dialects.openai_responses.streams import kinds, told
from waystation.dialects.openai_responses.call_writing import CallWriting
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.seals import Owned, seal_of
from waystation.dialects.openai_responses.telling import Teller
from waystation.wire.chat import Seal
from waystation.wire.events import ToolCallDelta, ToolCallStarted


def writing() -> CallWriting:
    return CallWriting(Teller(Names("call_9")), {"docs__f": ("docs", "f")})


def test_a_function_in_pieces() -> None:
    calls = writing()
    stream = calls.begin(ToolCallStarted("c", "docs__f"))
    stream += calls.argue(ToolCallDelta("{")) + calls.argue(ToolCallDelta("}")) + calls.end(0)
    events = told(stream)
    assert kinds(stream) == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert (events[0]["item"]["status"], events[0]["item"]["arguments"]) == ("in_progress", "")
    item = events[-1]["item"]
    assert (item["id"], item["call_id"], item["namespace"], item["name"]) == ("fc_9_0", "c", "docs", "f")
    assert item["arguments"] == events[3]["arguments"] == "{}"


def test_a_custom_call() -> None:
    calls = writing()
    stream = calls.begin(ToolCallStarted("c", "g", custom=True)) + calls.argue(ToolCallDelta("x")) + calls.end(0)
    assert kinds(stream)[1:3] == ["custom_tool_call_input.delta", "custom_tool_call_input.done"]
    item = told(stream)[-1]["item"]
    assert (item["id"], item["type"], item["input"]) == ("ctc_9_0", "custom_tool_call", "x")


def test_a_seal_names_its_call() -> None:
    calls, seal = writing(), Seal("gemini.generate", "s")
    calls.begin(ToolCallStarted("c", "f"))
    item = told(calls.seal(0, seal))[-1]["item"]
    assert item["id"] == "rs_call_9_1"
    assert seal_of(item["id"], item["encrypted_content"]) == Owned(seal, "call", "c")


def test_calls_overlap() -> None:
    calls = writing()
    calls.begin(ToolCallStarted("c", "f", 0))
    calls.begin(ToolCallStarted("d", "f", 1))
    assert [calls.holds(0), calls.holds(1), calls.holds(2)] == [True, True, False]
    done = [event["item"]["call_id"] for event in told(calls.end_all()) if "item" in event]
    assert done == ["c", "d"]
    assert not calls.holds(0)
