"""A vendor's plain answer, into words."""

import json
from typing import Any

import pytest

from tests.dialects.gemini_generate.streams import event
from waystation.dialects.gemini_generate.reply_in import decode_reply
from waystation.wire.chat import Annotation, ChatReply, Choice, ImagePart, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage

A = {"text": "a"}


def decoded(body: Any) -> ChatReply:
    return decode_reply(json.dumps(body).encode(), "call_9")


def test_an_answer_is_read() -> None:
    spent = {"promptTokenCount": 3, "candidatesTokenCount": 4}
    got = decoded(
        event(
            A, finish="STOP", usageMetadata=spent, modelVersion="m", responseId="r", createTime="1970-01-01T00:00:07Z"
        )
        | {"newThing": 1}
    )
    assert (got.dialect, got.id, got.model, got.created) == ("gemini.generate", "r", "m", 7)
    assert got.heard == Heard(Usage(input_tokens=3, output_tokens=4), ())
    assert (got.choices[0].parts, got.choices[0].finish_reason) == ((TextPart(text="a"),), "stop")
    assert set(got.extras) == {"usageMetadata", "createTime", "newThing"}
    assert set(got.choices[0].extras) == {"finishReason"}


def test_an_answer_may_say_little() -> None:
    got = decode_reply(b'\xef\xbb\xbf {"candidates":[{}]}', "call_9")
    assert got == ChatReply(dialect="gemini.generate", choices=(Choice(extras={}),))


def test_calls_have_ids_and_end_the_answer() -> None:
    (choice,) = decoded(
        event({"functionCall": {"name": "f"}}, A, {"functionCall": {"name": "g"}}, finish="STOP")
    ).choices
    assert [part.id for part in choice.parts if isinstance(part, ToolCallPart)] == ["call_9_0", "call_9_1"]
    assert choice.finish_reason == "tool_calls"


def test_images_are_parts() -> None:
    (choice,) = decoded(event({"inlineData": {"mimeType": "image/png", "data": "AA=="}})).choices
    assert isinstance(choice.parts[0], ImagePart)


@pytest.mark.parametrize(
    ("indices", "expected"), [((None, 1), [0, 1]), ((1, 0), [1, 0]), ((5, None), [0, 1]), (("x", 1.0), [0, 1])]
)
def test_choices_have_numbers(indices: tuple[Any, Any], expected: list[int]) -> None:
    rows = [{"index": index} for index in indices]
    assert [choice.index for choice in decoded({"candidates": rows}).choices] == expected


def test_one_choice_is_the_first() -> None:
    assert decoded({"candidates": [{"index": 3}]}).choices[0].index == 0


def cited(*given: dict[str, Any]) -> tuple[Annotation, ...]:
    body = event(*given)
    supports = [{"segment": {"endIndex": 1}, "groundingChunkIndices": [0]}]
    body["candidates"][0]["groundingMetadata"] = {
        "groundingChunks": [{"web": {"uri": "u"}}],
        "groundingSupports": supports,
    }
    parts = decoded(body).choices[0].parts
    return next((part.annotations for part in reversed(parts) if isinstance(part, TextPart)), ())


@pytest.mark.parametrize(
    ("given", "places"),
    [((A,), [("u", 0, 1)]), ((A, {"functionCall": {}}), [("u", 0, 1)]), ((A, A), [("u", None, None)]), ((), [])],
)
def test_citations_stand_on_the_last_text(given: tuple[dict[str, Any], ...], places: object) -> None:
    assert [(one.url, one.start, one.end) for one in cited(*given)] == places


def test_logprobs_are_read_and_kept() -> None:
    body = event(A)
    body["candidates"][0]["logprobsResult"] = {"chosenCandidates": [{"token": "a", "logProbability": -1}]}
    (choice,) = decoded(body).choices
    assert choice.logprobs is not None
    assert json.loads(bytes(choice.logprobs))[0]["logprob"] == -1
    assert "logprobsResult" in choice.extras


def test_a_refused_prompt_is_an_empty_answer() -> None:
    got = decoded(
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}}
    )
    assert got.choices == (Choice(finish_reason="content_filter"),)
    assert got.heard == Heard(Usage(input_tokens=3, output_tokens=0), ())
    assert set(got.extras) == {"promptFeedback", "usageMetadata"}


@pytest.mark.parametrize(
    "body", [{}, {"candidates": []}, {"candidates": 5}, {"candidates": [5]}, {"promptFeedback": {}}, 5]
)
def test_what_is_no_answer_is_a_bad_one(body: object) -> None:
    with pytest.raises(BadAnswer):
        decoded(body)


def test_an_error_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure):
        decoded({"error": {"code": 500, "status": "INTERNAL"}})
