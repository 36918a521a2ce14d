"""What the double reads from a request's body, and what it refuses."""

import json

import pytest

from tests.demo.raw import HELLO, STREAM
from waystation.demo.ask import read_ask
from waystation.demo.refusals import Refused


def _refused(body: bytes) -> tuple[int, str | None, str]:
    with pytest.raises(Refused) as caught:
        read_ask(body)
    refusal = caught.value.refusal
    return refusal.status, refusal.code, refusal.message


def test_the_needed_fields_are_read_and_others_are_ignored() -> None:
    ask = read_ask(json.dumps({**STREAM, "max_tokens": 5, "max_completion_tokens": 3, "whatever": {"x": 1}}).encode())
    assert (ask.model, ask.stream, ask.usage_wanted, ask.limit) == ("demo-large", True, True, 3)


def test_parts_make_a_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "b"}]
    ask = read_ask(json.dumps({"model": "m", "messages": [{"role": "user", "content": parts}]}).encode())
    assert ask.messages is not None
    assert ask.messages[0].text() == "a\nb"


def test_a_lone_surrogate_is_read_as_a_question_mark() -> None:
    ask = read_ask(b'{"model":"m","messages":[{"role":"user","content":"a\\ud83d"}]}')
    assert ask.messages is not None
    assert ask.messages[0].text() == "a?"


@pytest.mark.parametrize("body", [b"", b"{", b'{"model": NaN}', b"\xff", b'{"deep":' + b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    status, code, message = _refused(body)
    assert (status, code) == (400, None)
    assert message.startswith("We could not parse the JSON body of your request.")


@pytest.mark.parametrize(
    "wrong",
    [{"messages": "hi"}, {"max_tokens": 0}, {"n": 129}, {"stream": "yes"}, {"messages": [{"content": "no role"}]}],
)
def test_a_field_of_the_wrong_kind_is_refused(wrong: dict[str, object]) -> None:
    status, _, message = _refused(json.dumps({**HELLO, **wrong}).encode())
    assert status == 400
    assert message.startswith("Invalid request: ")


def test_a_wrong_field_beside_a_lone_surrogate_is_refused_too() -> None:
    status, _, message = _refused(b'{"model":"\\ud83d","messages":3}')
    assert (status, message[:15]) == (400, "Invalid request")


def test_a_missing_model_is_refused() -> None:
    assert _refused(b'{"messages":[]}') == (400, None, "you must provide a model parameter")


@pytest.mark.parametrize("body", [b'{"model":"m"}', b'{"model":"m","messages":[]}'])
def test_missing_messages_are_refused(body: bytes) -> None:
    assert _refused(body) == (400, "missing_required_parameter", "Missing required parameter: 'messages'.")
