import json
from typing import Any

import pytest

from waystation.routing.session import session_headers, session_of

NONE = (None, None)
SAID = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "你好"}]}


def of(body: Any, headers: tuple[bytes | None, bytes | None] = NONE, token: str = "tok_1") -> bytes | None:
    return session_of(json.dumps(body).encode(), headers, token)


def test_the_names_are_taken_in_their_order() -> None:
    body: dict[str, Any] = {
        **SAID,
        "session_id": "s",
        "prompt_cache_key": "p",
        "metadata": {"user_id": "m"},
        "user": "u",
    }
    headers = session_headers({b"x-session-id": b"h", b"x-claude-code-session-id": b"c", b"other": b"o"})
    told = []
    for gone in ("x-session-id", "session_id", "prompt_cache_key", "claude", "metadata", "user"):
        told.append(of(body, headers))
        body.pop(gone, None)
        headers = (None if gone == "x-session-id" else headers[0], None if gone == "claude" else headers[1])
    assert told == [of({"user": name}) for name in "hspcmu"]
    assert of(body) not in told


def test_one_name_is_one_session_wherever_it_stands() -> None:
    assert of({"session_id": "x"}) == of({"prompt_cache_key": "x"}) == of({}, (b"x", None))
    assert of({"session_id": "x"}, token="tok_2") == of({"session_id": "x"})
    assert len(of({"session_id": "x"}) or b"") == 16


@pytest.mark.parametrize("bad", ["", "x" * 257, 5, None, ["x"], {"a": 1}])
def test_what_is_no_name_is_passed_over(bad: object) -> None:
    assert of({"session_id": bad, "user": "u"}) == of({"user": "u"})
    assert of({"session_id": "u", "metadata": bad}) == of({"user": "u"})
    assert of({"session_id": "x" * 256}) != of({"user": "u"})


def test_a_conversation_is_known_by_how_it_began_and_whose_it_is() -> None:
    first = of(SAID)
    answer, more = {"role": "assistant", "content": "hm"}, {"role": "user", "content": "more"}
    assert first is not None
    assert of({"messages": [*SAID["messages"], answer, more], "temperature": 1}) == first
    assert of(SAID, token="tok_2") != first
    assert of({"messages": [SAID["messages"][0], more]}) != first
    assert of({"messages": SAID["messages"][1:]}) != first


@pytest.mark.parametrize(
    ("begun", "other"),
    [
        (
            {"system": "a", "messages": [{"role": "user", "content": [{"type": "text", "text": "b"}]}]},
            {"system": "b", "messages": [{"role": "user", "content": [{"type": "text", "text": "b"}]}]},
        ),
        ({"instructions": "a", "input": "b"}, {"instructions": "c", "input": "b"}),
        ({"input": [{"role": "user", "content": "b"}]}, {"input": [{"role": "user", "content": "c"}]}),
        (
            {"systemInstruction": {"parts": [{"text": "a"}]}, "contents": [{"parts": [{"text": "b"}]}]},
            {"systemInstruction": {"parts": [{"text": "c"}]}, "contents": [{"parts": [{"text": "b"}]}]},
        ),
        ({"prompt": "b"}, {"prompt": "c"}),
        ({"prompt": ["b", "c"]}, {"prompt": ["c"]}),
    ],
    ids=["anthropic", "responses", "responses-items", "gemini", "completions", "completions-many"],
)
def test_every_language_has_a_beginning(begun: object, other: object) -> None:
    assert None is not of(begun) == of(begun) != of(other)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [1]},
        {"prompt": ""},
        {"prompt": []},
        {"input": None},
        {"input": ["text"]},
        [],
        1,
    ],
)
def test_what_says_nothing_has_no_session(body: object) -> None:
    assert of(body) is None


def test_what_is_no_json_has_no_session() -> None:
    assert session_of(b"{", NONE, "tok_1") is None
    assert session_of(b"", NONE, "tok_1") is None
