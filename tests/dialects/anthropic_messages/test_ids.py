"""Ids that Anthropic takes, the same for a call and its result."""

import re

from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.anthropic_messages.ids import Ids
from waystation.wire.chat import Message, ToolResultPart


def ids(*answered: str) -> Ids:
    return Ids([Message(role="tool", parts=tuple(ToolResultPart(call_id=one, parts=()) for one in answered))])


def test_a_fitting_id_is_kept() -> None:
    mine = ids("toolu_01-A")
    assert (mine.of_call("toolu_01-A"), mine.of_result("toolu_01-A")) == ("toolu_01-A", "toolu_01-A")


def test_an_id_that_comes_again_is_told_apart() -> None:
    mine = ids("call_0")
    assert [mine.of_call("call_0"), mine.of_result("call_0")] == ["call_0", "call_0"]
    assert [mine.of_call("call_0"), mine.of_result("call_0")] == ["call_0_2", "call_0_2"]


def test_a_result_without_a_call_is_the_first_that_no_other_answers() -> None:
    mine = ids("", "b", "?")
    assert [mine.of_call("a"), mine.of_call("b"), mine.of_call("c")] == ["a", "b", "c"]
    assert [mine.of_result(""), mine.of_result("b"), mine.of_result("?")] == ["a", "b", "c"]
    assert mine.of_result("d") == "d"


@given(st.lists(st.text(max_size=4), max_size=6))
def test_ids_fit_are_unique_and_belong_together(given_ids: list[str]) -> None:
    mine, once_more = ids(*given_ids), ids(*given_ids)
    made = []
    for one in given_ids:
        made.append(mine.of_call(one))
        assert mine.of_result(one) == made[-1]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", one) for one in made)
    assert len(set(made)) == len(made)
    assert made == [once_more.of_call(one) for one in given_ids]
