"""The items of a conversation in a request or a response."""

import json

import msgspec
import pytest

from waystation.dialects.openai_responses.stored import input_items, output_items, response_id_of, with_history
from waystation.wire.errors import BadRequest


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value, separators=(",", ":")).encode())


def test_the_items_of_an_input() -> None:
    assert input_items(raw([{"a": 1}])) == [raw({"a": 1})]
    assert input_items(raw("hi")) == [raw({"type": "message", "role": "user", "content": "hi"})]
    assert input_items(raw(None)) == []
    with pytest.raises(BadRequest, match="'input'"):
        input_items(raw({}))


def test_the_items_of_an_answer() -> None:
    assert output_items(b'{"id":"resp_1","output":[{"a":1}]}') == [raw({"a": 1})]
    assert output_items(b"{}") == []
    assert output_items(b"x") == []


def test_the_id_of_an_answer() -> None:
    assert response_id_of(b'{"id":"resp_1"}') == "resp_1"
    assert response_id_of(b"{}") is None
    assert response_id_of(b'{"id":5}') is None


def test_what_came_before_goes_before() -> None:
    body = b'\xef\xbb\xbf{"model":"m","previous_response_id":"resp_1","input":"hi"}'
    assert json.loads(with_history(body, [raw({"a": 1})])) == {
        "model": "m",
        "input": [{"a": 1}, {"type": "message", "role": "user", "content": "hi"}],
    }
    assert json.loads(with_history(b"{}", [raw({"a": 1})])) == {"input": [{"a": 1}]}
