"""A caller's request, into words."""

import json

import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_generate.request_in import decode_request
from waystation.wire.chat import ChatRequest, Message, TextPart
from waystation.wire.errors import BadRequest

HI = {"contents": [{"parts": [{"text": "hi"}]}]}
USER = Message(role="user", parts=(TextPart(text="hi"),))


def decoded(body: object, place: Place = Place(model="m")) -> ChatRequest:  # noqa: B008 - it is frozen
    return decode_request(json.dumps(body).encode(), place)


def test_the_least_of_a_request() -> None:
    assert decoded(HI) == ChatRequest(dialect="gemini.generate", model="m", messages=(USER,), include_usage=True)


def test_the_path_says_model_and_stream() -> None:
    got = decoded(HI | {"model": "models/other"}, Place(model="tunedModels/x", stream=True))
    assert (got.model, got.stream, got.extras) == ("tunedModels/x", True, {})


def test_a_request_with_all_it_can_have() -> None:
    got = decoded(
        HI
        | {
            "systemInstruction": {"parts": [{"text": "s"}]},
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "NONE"}, "x": 1},
            "generationConfig": {"topK": 3, "y": 2},
            "serviceTier": "flex",
            "safetySettings": [],
            "cachedContent": "cachedContents/a",
        }
    )
    assert [message.role for message in got.messages] == ["system", "user"]
    assert (len(got.tools), got.top_k, got.service_tier) == (1, 3, "flex")
    assert got.tool_choice is not None
    assert got.tool_choice.mode == "none"
    assert set(got.extras) == {"safetySettings", "cachedContent", "toolConfig.x", "generationConfig.y"}


def test_a_tier_of_another_type_is_kept() -> None:
    got = decoded(HI | {"serviceTier": 5})
    assert got.service_tier is None
    assert list(got.extras) == ["serviceTier"]


@pytest.mark.parametrize(("body", "place"), [(b"[]", Place(model="m")), (json.dumps(HI).encode(), Place())])
def test_what_can_not_be_understood_is_refused(body: bytes, place: Place) -> None:
    with pytest.raises(BadRequest):
        decode_request(body, place)


def test_a_mark_before_the_body_is_passed_over() -> None:
    assert decode_request(b"\xef\xbb\xbf" + json.dumps(HI).encode(), Place(model="m")) == decoded(HI)
