"""What is read in one go is what the long way would have said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import ReplyFacts
from waystation.dialects.openai_chat.answer import decode_answer
from waystation.dialects.openai_chat.notes import Notes
from waystation.dialects.openai_chat.usual import read_usual
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

USAGE: dict[str, Any] = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
MESSAGE: dict[str, Any] = {"role": "assistant", "content": "Hello 你好", "refusal": None, "annotations": []}
CHOICE: dict[str, Any] = {"index": 0, "message": MESSAGE, "logprobs": None, "finish_reason": "stop"}
ANSWER: dict[str, Any] = {"id": "chatcmpl-1", "model": "gpt-4o", "choices": [CHOICE], "usage": USAGE}


def read(answer: object) -> ReplyFacts | None:
    return read_usual(json.dumps(answer).encode())


def saying(**members: object) -> dict[str, Any]:
    return ANSWER | {"choices": [CHOICE | {"message": MESSAGE | members}]}


def choosing(**members: object) -> dict[str, Any]:
    return ANSWER | {"choices": [CHOICE | members]}


def test_a_usual_answer_is_read() -> None:
    usage = Usage(input_tokens=9, output_tokens=4, cache_read_input_tokens=8, reasoning_output_tokens=0)
    assert read(ANSWER) == ReplyFacts(
        usage=Heard(usage, ()), response_model="gpt-4o", finish_reasons=("stop",), weight=Weight(6, 2)
    )


def test_nulls_where_nothing_is_said_are_usual() -> None:
    nulls = dict.fromkeys(("reasoning_content", "reasoning", "refusal", "tool_calls", "function_call"))
    assert read(saying(**nulls) | {"error": None}) == read(ANSWER)


@pytest.mark.parametrize(
    "answer",
    [
        saying(content=None),
        saying(content=[{"type": "text", "text": "hi"}]),
        saying(reasoning_content="hm"),
        saying(refusal="no"),
        saying(tool_calls=[]),
        choosing(index=1),
        choosing(index=None),
        choosing(finish_reason=None),
        choosing(finish_reason=""),
        choosing(finish_reason="null"),
        choosing(finish_reason="a\nb"),
        choosing(finish_reason="x" * 65),
        choosing(usage=USAGE),
        ANSWER | {"choices": []},
        ANSWER | {"choices": [CHOICE, CHOICE | {"index": 1}]},
        ANSWER | {"model": ""},
        ANSWER | {"model": "a\nb"},
        ANSWER | {"model": "x" * 257},
        ANSWER | {"usage": None},
        ANSWER | {"usage": USAGE | {"prompt_tokens": 7}},
        ANSWER | {"usage": USAGE | {"completion_tokens": -1}},
        ANSWER | {"error": {"message": "no"}},
        {"error": {"message": "no"}},
        [],
    ],
)
def test_what_is_unusual_is_left_to_the_long_way(answer: object) -> None:
    assert read(answer) is None


@pytest.mark.parametrize("payload", [b"", b"<html>", b'{"model":"\xff', b'{"x":' + b"[" * 100_000])
def test_what_is_no_answer_is_none(payload: bytes) -> None:
    assert read_usual(payload) is None


odd: st.SearchStrategy[Any] = st.sampled_from([None, True, -1, 7, "x", [], {}])
texts = st.text(st.characters(codec="utf-8"), max_size=9)
counts = st.integers(0, 9) | st.integers(0, 99) | st.just(3.0) | odd
parts = st.integers(0, 3) | st.none() | odd


def changed(usual: dict[str, Any], members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members).map(lambda changes: usual | changes)


usages = changed(
    USAGE,
    {
        "prompt_tokens": counts,
        "completion_tokens": counts,
        "prompt_tokens_details": changed({}, {"cached_tokens": parts, "cache_write_tokens": parts}) | odd,
        "completion_tokens_details": changed({}, {"reasoning_tokens": parts}) | odd,
        "prompt_cache_hit_tokens": parts,
    },
)
messages = changed(MESSAGE, {"content": texts, "reasoning": odd, "refusal": odd, "tool_calls": odd})
reasons = st.sampled_from(["length", "null", "a\nb", "", None, 1])
choices = changed(CHOICE, {"index": st.just(0) | odd, "message": messages, "finish_reason": reasons, "usage": odd})
answers = changed(
    ANSWER, {"model": texts, "choices": st.tuples(choices), "usage": usages, "error": st.none() | st.just({})}
)


@given(answers)
def test_both_ways_say_the_same(answer: dict[str, Any]) -> None:
    payload = json.dumps(answer).encode()
    got = read_usual(payload)
    if got is not None:
        assert got == read_the_long_way(payload)


def read_the_long_way(payload: bytes) -> ReplyFacts:
    notes = Notes(1, whole=True)
    notes.note(decode_answer(payload))
    return ReplyFacts(
        usage=notes.usage,
        response_model=notes.response_model,
        finish_reasons=notes.finish_reasons,
        weight=notes.weight,
    )


def test_the_service_tier_is_heard_unless_it_is_the_usual_one() -> None:
    for tier, heard in (("flex", "flex"), ("default", None), (None, None)):
        facts = read(ANSWER | {"service_tier": tier})
        assert facts is not None
        assert facts.usage is not None
        assert facts.usage.usage.service_tier == heard
