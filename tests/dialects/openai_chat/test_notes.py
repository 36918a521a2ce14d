"""Model, finish, usage and weight, as chunk after chunk is noted."""

import json

from waystation.dialects.openai_chat.answer import decode_answer
from waystation.dialects.openai_chat.notes import Notes
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage


def noted(*chunks: dict[str, object], choices: int = 1, whole: bool = False) -> Notes:
    notes = Notes(choices, whole=whole)
    for chunk in chunks:
        notes.note(decode_answer(json.dumps(chunk).encode()))
    return notes


def delta(**members: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": members}]}


def finish(reason: object, index: object = 0) -> dict[str, object]:
    return {"choices": [{"index": index, "delta": {}, "finish_reason": reason}]}


def spent(prompt: object, completion: object) -> dict[str, object]:
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}}


def test_all_that_is_said_weighs() -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "find", "arguments": '{"q":1}'}}
    notes = noted(
        delta(role="assistant", content=""),
        delta(content="abc"),
        delta(reasoning_content="defg"),
        delta(refusal="no"),
        delta(tool_calls=[call]),
        delta(function_call={"name": "f", "arguments": "{}"}),
        delta(tool_calls=[{"index": 0, "custom": {"name": "sh", "input": "ls"}}]),
    )
    assert notes.weight == Weight(3 + 4 + 2 + 4 + 7 + 1 + 2 + 2 + 2)


def test_every_choice_weighs() -> None:
    choices = [{"index": index, "delta": {"content": "你好"}} for index in range(3)]
    assert noted({"choices": choices}, choices=3).weight == Weight(0, 6)


def test_thinking_under_two_names_weighs_once() -> None:
    assert noted(delta(reasoning="hm", reasoning_content="hm")).weight == Weight(2)
    assert noted(delta(reasoning="hm")).weight == Weight(2)


def test_text_of_odd_shapes_weighs_about_what_it_is_written_with() -> None:
    assert noted(delta(content=[{"type": "text", "text": "hi"}])).weight == Weight(
        len('{"type": "text", "text": "hi"}')
    )
    arguments = {"function": {"name": "f", "arguments": {"q": "hi"}}}
    assert noted(delta(tool_calls=[arguments])).weight == Weight(3)
    assert noted(delta(content=7)).weight == Weight(len('{"content": 7}'))
    assert noted(delta(content=None, tool_calls=[{"function": None}])).weight == Weight()


def test_a_message_after_its_deltas_is_not_counted_again() -> None:
    whole: dict[str, object] = {"choices": [{"index": 0, "message": {"content": "abc"}, "finish_reason": "stop"}]}
    assert noted(delta(content="abc"), whole).weight == Weight(3)
    assert noted(whole, whole=True).weight == Weight(3)


def test_a_stream_is_finished_when_every_choice_is() -> None:
    assert not noted(finish("stop"), choices=2).finished
    got = noted(finish("length", 1), finish("stop", 0), choices=2)
    assert got.finished
    assert got.finish_reasons == ("stop", "length")


def test_a_reason_that_is_none_finishes_nothing() -> None:
    for reason in (None, "", "null", 1):
        assert not noted(finish(reason)).finished


def test_a_choice_that_nobody_asked_for_finishes_nothing() -> None:
    for index in (-1, 1, 10**30, "0"):
        assert not noted(finish("stop", index)).finished


def test_reasons_are_bounded_and_printable() -> None:
    assert noted(finish("x" * 500)).finish_reasons == ("x" * 64,)
    assert noted(finish("a\nb")).finish_reasons == ("unreadable",)


def test_the_first_model_that_is_a_name_is_kept() -> None:
    chunks = [delta() | {"model": model} for model in ("", "m", "n")]
    assert noted(*chunks).response_model == "m"
    for model in (None, "a\nb", "x" * 257, 7):
        assert noted({"choices": [], "model": model}).response_model is None


def test_the_last_usage_wins_and_repeats_are_marked() -> None:
    assert noted(delta(content="x")).usage is None
    assert noted(spent(9, 1), spent(9, 1)).usage == Heard(Usage(input_tokens=9, output_tokens=1), ())
    got = noted(spent(9, 1), spent(9, 2), spent(9, 2)).usage
    assert got == Heard(Usage(input_tokens=9, output_tokens=2), ("usage_repeated",))


def test_nonsense_does_not_replace_a_usage() -> None:
    got = noted(spent(9, 1), {"choices": [], "usage": {"prompt_tokens": "x"}}, {"choices": [], "usage": None}).usage
    assert got == Heard(Usage(input_tokens=9, output_tokens=1), ())


def test_a_hostile_usage_is_marked() -> None:
    got = noted(spent(-5, 1e18)).usage
    assert got is not None
    assert got.usage == Usage(input_tokens=0, output_tokens=1_000_000_000)
    assert got.marks == ("input_negative", "output_absurd")


def test_usage_inside_a_choice_is_heard() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2}
    got = noted({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage}]}).usage
    assert got == Heard(Usage(input_tokens=9, output_tokens=2), ())


def test_the_service_tier_that_was_told_with_any_chunk_is_kept() -> None:
    got = noted({"choices": [], "service_tier": "flex"}, spent(9, 4), {"choices": [], "service_tier": 5}).usage
    assert got == Heard(Usage(input_tokens=9, output_tokens=4), ())
    got = noted({"choices": [], "service_tier": "flex"}, spent(9, 4)).usage
    assert got == Heard(Usage(input_tokens=9, output_tokens=4, service_tier="flex"), ())
