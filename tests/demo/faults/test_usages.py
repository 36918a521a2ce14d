"""Usage that is missing, doubled, wrong or told at an odd place."""

from typing import Any

import pytest

from tests.demo.raw import HELLO, STREAM, seen

TRUE = (6, 5)
UNASKED: dict[str, Any] = {**HELLO, "stream": True}


def _counts(usage: Any) -> tuple[Any, Any]:
    return usage["prompt_tokens"], usage["completion_tokens"]


async def _told(fault: str, what: dict[str, Any] = STREAM) -> list[Any]:
    """The usage of each chunk that tells one."""
    events = (await seen(fault, what)).events()
    return [_counts(event["usage"]) for event in events if event != "[DONE]" and event.get("usage")]


async def test_no_usage_leaves_it_out() -> None:
    events = (await seen("no-usage", STREAM)).events()
    assert ["usage" in event for event in events] == [False] * 8
    assert "usage" not in (await seen("no-usage", HELLO)).json()


async def test_usage_null_says_null_where_it_should_tell() -> None:
    events = (await seen("usage-null", STREAM)).events()
    assert [event["usage"] for event in events[:-1]] == [None] * 8
    assert events[-2]["choices"] == []
    assert (await seen("usage-null", HELLO)).json()["usage"] is None


async def test_usage_comes_twice() -> None:
    assert await _told("usage-twice") == [TRUE, TRUE]
    plain = await seen("usage-twice", HELLO)
    assert (plain.body.count(b'"usage":'), _counts(plain.json()["usage"])) == (2, TRUE)


async def test_usage_grows_with_every_chunk() -> None:
    for what in (STREAM, UNASKED):
        told = await _told("usage-cumulative", what)
        assert (told[0], told[-1], told == sorted(told)) == ((6, 0), TRUE, True)
        assert len(told) == (8 if what is STREAM else 7)
    assert _counts((await seen("usage-cumulative", HELLO)).json()["usage"]) == TRUE


@pytest.mark.parametrize("what", [STREAM, UNASKED], ids=["asked", "unasked"])
async def test_usage_comes_with_the_finish_reason(what: dict[str, Any]) -> None:
    *_, last, _done = (await seen("usage-in-finish", what)).events()
    assert (last["choices"][0]["finish_reason"], _counts(last["usage"])) == ("stop", TRUE)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("usage-negative", (-6, -5)),
        ("usage-absurd", (10**18, 10**18)),
        ("usage-absurd=7", (7, 7)),
        ("usage-strings", ("6", "5")),
        ("usage-fractions", (6.5, 5.5)),
    ],
)
async def test_every_number_is_spoiled(fault: str, expected: tuple[object, object]) -> None:
    assert await _told(fault) == [expected]
    plain = (await seen(fault, HELLO)).json()["usage"]
    assert _counts(plain) == expected
    assert plain["prompt_tokens_details"]["cached_tokens"] != 0 or fault == "usage-negative"


async def test_usage_that_nobody_asked_for_is_not_told_wrongly() -> None:
    assert await _told("usage-negative", UNASKED) == []


async def test_a_part_may_be_more_than_its_whole() -> None:
    usage = (await seen("usage-cached-above-prompt", HELLO)).json()["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] > usage["prompt_tokens"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] > usage["completion_tokens"]
    assert await _told("usage-cached-above-prompt") == [TRUE]
