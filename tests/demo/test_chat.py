"""A reply as OpenAI's chat tells it, plain and streamed."""

import json
from typing import Any

from tests.demo.raw import HELLO
from waystation.demo.ask import read_ask
from waystation.demo.chat import ChatCall, chunks, completion
from waystation.demo.replies import Reply
from waystation.demo.settings import DemoSettings

WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def _reply(settings: DemoSettings | None = None, **more: Any) -> Reply:
    call = ChatCall(read_ask(json.dumps({**HELLO, **more}).encode()))
    return call.reply(settings or DemoSettings(), "1", 1_700_000_000)


def _streamed(reply: Reply, *, include_usage: bool = False) -> list[Any]:
    return list(chunks(reply, include_usage=include_usage))


def test_every_choice_is_billed() -> None:
    reply = _reply(n=3)
    wire: Any = completion(reply)
    assert [choice["index"] for choice in wire["choices"]] == [0, 1, 2]
    assert reply.usage.completion_tokens == 15


def test_a_tool_is_called_with_json_arguments() -> None:
    wire: Any = completion(_reply(tools=[WEATHER]))
    (choice,) = wire["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert choice["message"]["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "get_weather", "arguments": '{"city":"Hello, you there"}'},
        }
    ]


def test_a_plain_answer_has_every_field_of_a_completion() -> None:
    assert list(completion(_reply())) == [
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "service_tier",
        "system_fingerprint",
    ]


def test_a_stream_begins_with_the_role_and_ends_with_the_reason() -> None:
    deltas = [(chunk["choices"][0]["delta"], chunk["choices"][0]["finish_reason"]) for chunk in _streamed(_reply())]
    assert deltas == [
        ({"role": "assistant", "content": "", "refusal": None}, None),
        ({"content": "You"}, None),
        ({"content": " said:"}, None),
        ({"content": " Hello,"}, None),
        ({"content": " you"}, None),
        ({"content": " there"}, None),
        ({}, "stop"),
    ]


def test_chunks_share_id_and_time() -> None:
    assert {(chunk["id"], chunk["created"], chunk["object"]) for chunk in _streamed(_reply())} == {
        ("chatcmpl-1", 1_700_000_000, "chat.completion.chunk")
    }


def test_a_stream_that_was_not_asked_for_usage_has_no_such_field() -> None:
    assert not any("usage" in chunk for chunk in _streamed(_reply()))


def test_usage_comes_in_an_extra_chunk_and_is_null_in_all_others() -> None:
    reply = _reply()
    *others, last = _streamed(reply, include_usage=True)
    assert {chunk["usage"] for chunk in others} == {None}
    assert (last["choices"], last["usage"]) == ([], reply.usage.as_wire())


def test_a_streamed_tool_call_gives_its_name_first_and_its_arguments_in_pieces() -> None:
    first, *others = [chunk["choices"][0]["delta"] for chunk in _streamed(_reply(tools=[WEATHER]))]
    (call,) = first["tool_calls"]
    assert call == {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert (first["role"], first["content"]) == ("assistant", None)
    pieces = [delta["tool_calls"][0]["function"]["arguments"] for delta in others[:-1]]
    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == {"city": "Hello, you there"}


def test_choices_of_a_stream_take_turns() -> None:
    indexes = [chunk["choices"][0]["index"] for chunk in _streamed(_reply(n=2, max_tokens=1))]
    assert indexes == [0, 1, 0, 1, 0, 1]


def test_a_thought_comes_before_the_text() -> None:
    wire: Any = completion(_reply(model="demo-reason"))
    message = wire["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == (
        "The user wants an answer; I give one.",
        "You said: Hello, you there",
    )
    deltas = [chunk["choices"][0]["delta"] for chunk in _streamed(_reply(model="demo-reason"))]
    thought = [delta["reasoning_content"] for delta in deltas if "reasoning_content" in delta]
    assert "".join(thought) == message["reasoning_content"]
    assert [name for delta in deltas for name in delta if name in {"reasoning_content", "refusal"}] == [
        *["reasoning_content"] * len(thought),
        "refusal",
    ]


def test_a_model_that_does_not_think_has_no_such_member() -> None:
    wire: Any = completion(_reply())
    assert "reasoning_content" not in wire["choices"][0]["message"]


def test_a_thought_that_comes_back_is_read_over() -> None:
    messages = [*HELLO["messages"], {"role": "assistant", "content": "Hi", "reasoning_content": "Hm"}]
    assert _reply(messages=messages).usage.prompt_tokens == 6 + 4
