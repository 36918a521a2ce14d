"""Parts into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.own import GivenResult, Unnumbered
from waystation.dialects.gemini_generate.parts_in import joined, part_of
from waystation.dialects.seal import wrap
from waystation.wire.chat import (
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.errors import BadAnswer, BadRequest

OTHERS = Seal("anthropic.messages", "sig")


def part(given: Any) -> Part:
    return part_of(msgspec.Raw(json.dumps(given).encode()), "contents[0].parts[0]", "call_1")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": "a"}, TextPart(text="a")),
        ({"text": "a", "thoughtSignature": "s"}, TextPart(text="a", seal=Seal("gemini.generate", "s"))),
        ({"thought_signature": "s"}, TextPart(text="", seal=Seal("gemini.generate", "s"))),
        ({"text": "a", "thought": True}, ThinkingPart(text="a")),
        ({"thought": True, "thoughtSignature": wrap(OTHERS)}, ThinkingPart(text="", seal=OTHERS)),
        (
            {"thought": True, "thoughtSignature": wrap(Seal("anthropic.messages", "redacted:sig"))},
            ThinkingPart(text="", seal=OTHERS, redacted=True),
        ),
        (
            {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}, "thoughtSignature": "s"},
            ToolCallPart(id="c", name="f", arguments='{"a": 1}', seal=Seal("gemini.generate", "s")),
        ),
        ({"function_call": {"name": "f"}}, Unnumbered(id="call_1", name="f", arguments="{}")),
        ({"functionCall": {}}, Unnumbered(id="call_1", name="", arguments="{}")),
        ({"inlineData": {"mimeType": "image/png", "data": ""}}, ImagePart(source=Inline("image/png", ""))),
        ({"fileData": {"fileUri": "gs://a"}}, FilePart(source=Link("gs://a"))),
    ],
)
def test_a_part_is_read(given: object, expected: Part) -> None:
    got = part(given)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"executableCode": {"code": "1"}}, "executableCode"),
        ({"code_execution_result": {}, "thoughtSignature": "s"}, "codeExecutionResult"),
        ({"thought": True, "toolCall": {}}, "toolCall"),
        ({"videoMetadata": {}, "newThing": 1}, "newThing"),
        ({}, "part"),
    ],
)
def test_what_only_gemini_can_say_is_kept_whole(given: object, kind: str) -> None:
    got = part(given)
    assert isinstance(got, ForeignPart)
    assert (got.dialect, got.kind) == ("gemini.generate", kind)
    assert json.loads(bytes(got.raw)) == given


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"output": "a"}, "a", False),
        ({"result": "a"}, "a", False),
        ({"output": {"b": 1}}, '{"b": 1}', False),
        ({"error": "a"}, "a", True),
        ({"output": "a", "more": 1}, '{"output": "a", "more": 1}', False),
        ({"b": 1}, '{"b": 1}', False),
        ("plain", '"plain"', False),
    ],
)
def test_a_result_is_read(response: object, text: str, is_error: bool) -> None:
    got = part({"functionResponse": {"id": "c", "name": "f", "response": response}})
    assert isinstance(got, GivenResult)
    assert (got.call_id, got.name, got.parts, got.is_error) == ("c", "f", (TextPart(text=text),), is_error)
    assert got.numbered
    assert got.response is not None
    assert json.loads(bytes(got.response)) == response


def test_a_result_may_hold_media_and_nothing_else() -> None:
    media = [{"inlineData": {"mimeType": "image/png", "data": ""}}, {"functionCall": {}}]
    got = part({"functionResponse": {"name": "f", "parts": media, "scheduling": "SILENT"}})
    assert isinstance(got, GivenResult)
    assert (got.call_id, got.numbered, got.response) == ("call_1", False, None)
    assert got.parts[0] == ImagePart(source=Inline("image/png", ""))
    assert isinstance(got.parts[1], ForeignPart)
    assert list(got.extras) == ["functionResponse.scheduling"]


def test_unknown_members_are_kept() -> None:
    got = part({"functionCall": {"id": "c", "name": "f", "args": {}, "partialArgs": []}, "partMetadata": {}})
    assert set(got.extras) == {"functionCall.partialArgs", "partMetadata"}


def test_odd_parts_are_the_callers_or_the_vendors_fault() -> None:
    raw = msgspec.Raw(b'{"text":5}')
    with pytest.raises(BadRequest) as caught:
        part_of(raw, "contents[0].parts[0]", "")
    assert caught.value.param == "contents[0].parts[0].text"
    with pytest.raises(BadAnswer):
        part_of(raw, "p", "", answer=True)


def test_thoughts_that_came_in_pieces_are_joined_for_their_seal() -> None:
    said = TextPart(text="x")
    pieces = (ThinkingPart(text="a"), ThinkingPart(text="b"), ThinkingPart(seal=OTHERS), said)
    assert joined(pieces) == (ThinkingPart(text="ab", seal=OTHERS), said)


def test_geminis_own_thoughts_stay_as_they_came() -> None:
    own = ThinkingPart(text="c", seal=Seal("gemini.generate", "s"))
    extra = ThinkingPart(text="e", extras={"x": msgspec.Raw(b"1")})
    assert joined((ThinkingPart(text="a"), own)) == (ThinkingPart(text="a"), own)
    sealed = ThinkingPart(seal=OTHERS)
    assert joined((own, sealed)) == (own, sealed)
    assert joined((extra, sealed)) == (extra, sealed)
