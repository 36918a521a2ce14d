"""The items of a conversation."""

from typing import Any

import pytest

from waystation.demo.ask import AskedFunction, AskedTool, Message, Part
from waystation.demo.refusals import Refused
from waystation.demo.responses.items import kind_of, message_of, read_item

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}


def test_a_message_may_leave_its_type_unsaid() -> None:
    items: list[dict[str, Any]] = [{"role": "user"}, {"type": "reasoning"}, {}]
    assert [kind_of(item) for item in items] == ["message", "reasoning", ""]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"role": "user", "content": "Hi"}, Message("user", "Hi")),
        ({"type": "message", "role": "developer", "content": "Be kind."}, Message("system", "Be kind.")),
        (
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, {"type": "input_image"}]},
            Message("user", [Part("text", "Hi"), Part("file")]),
        ),
        (
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}],
            },
            Message("assistant", [Part("text", "a"), Part("text", "b")]),
        ),
        (CALL, Message("assistant", None, [AskedTool(function=AskedFunction("f", None, "{}"))])),
        (
            {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "ls"},
            Message("assistant", None, [AskedTool("custom", AskedFunction("f", None, "ls"))]),
        ),
        ({"type": "function_call_output", "call_id": "c", "output": "done"}, Message("tool", "done")),
        (
            {"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]},
            Message("tool", [Part("text", "a")]),
        ),
        ({"type": "reasoning", "id": "rs_1", "summary": []}, None),
        ({"type": "web_search_call", "id": "ws_1", "action": {}}, None),
    ],
)
def test_what_an_item_says(item: dict[str, Any], expected: Message | None) -> None:
    assert message_of(read_item(item, 0)) == expected


@pytest.mark.parametrize(
    ("item", "param", "code"),
    [
        ({}, "input[3].type", "invalid_value"),
        ({"type": "tool_call"}, "input[3].type", "invalid_value"),
        ({"role": "user"}, "input[3]", None),
        ({"role": "tool", "content": "a"}, "input[3]", None),
        ({**CALL, "x": 1}, "input[3]", None),
        ({**CALL, "id": "item_1"}, "input[3].id", "invalid_value"),
        ({**CALL, "call_id": "c" * 65}, "input[3].call_id", "string_above_max_length"),
        ({"type": "message", "id": "a", "role": "user", "content": "a"}, "input[3].id", "invalid_value"),
        ({"type": "reasoning", "id": "r_1", "summary": []}, "input[3].id", "invalid_value"),
        ({"role": "assistant", "content": [{"type": "input_text"}]}, "input[3].content[0]", "invalid_value"),
        ({"role": "user", "content": [{"type": "output_text"}]}, "input[3].content[0]", "invalid_value"),
    ],
)
def test_an_item_that_is_wrong_is_named(item: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(Refused) as refused:
        read_item(item, 3)
    got = refused.value.refusal
    assert (got.status, got.param, got.code) == (400, param, code)


def test_ids_that_begin_as_they_should_are_taken() -> None:
    assert read_item({**CALL, "id": "fc_1", "status": "completed"}, 0) is not None
    assert read_item({"role": "user", "content": "Hi", "id": "any"}, 0) is not None
