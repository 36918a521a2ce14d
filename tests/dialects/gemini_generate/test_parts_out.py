"""Parts as they are written to a vendor."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.own import GivenResult, Unnumbered
from waystation.dialects.gemini_generate.parts_out import Wording, arguments_of, part_of, result_of
from waystation.dialects.gemini_generate.quirks import family_of
from waystation.dialects.losses import Losses
from waystation.wire.chat import (
    Annotation,
    AudioPart,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

OWN = Seal("gemini.generate", "s")
OTHERS = Seal("anthropic.messages", "s")
PNG = ImagePart(source=Inline("image/png", "AA=="))
INLINE = {"inlineData": {"mimeType": "image/png", "data": "AA=="}}


def wording(source: Dialect = "openai.chat", model: str = "gemini-3-pro", **names: str) -> Wording:
    return Wording(Losses(source, "gemini.generate"), family_of(model), names)


def written(part: Part, source: Dialect = "openai.chat") -> tuple[Any, list[tuple[str, bool]]]:
    said = wording(source)
    got = part_of(part, "p", said)
    return plain(got), losses(said)


def plain(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


def losses(said: Wording) -> list[tuple[str, bool]]:
    return [(loss.field, loss.grave) for loss in said.losses.found()]


@pytest.mark.parametrize(
    ("part", "expected", "lost"),
    [
        (TextPart(text="a"), {"text": "a"}, []),
        (TextPart(text=""), None, []),
        (TextPart(text="", seal=OWN), {"text": "", "thoughtSignature": "s"}, []),
        (TextPart(text="a", seal=OTHERS), {"text": "a"}, [("p.seal", False)]),
        (TextPart(text="a", annotations=(Annotation(url="u"),)), {"text": "a"}, [("p.annotations", False)]),
        (TextPart(text="a", cache="5m"), {"text": "a"}, [("p.cache", False)]),
        (TextPart(text="a", extras={"x": msgspec.Raw(b"1")}), {"text": "a"}, [("p.x", False)]),
        (RefusalPart(text="no"), {"text": "no"}, []),
        (ThinkingPart(text="a"), None, [("p", False)]),
        (ThinkingPart(text="a", seal=OTHERS), None, [("p.seal", False), ("p", False)]),
        (ThinkingPart(text="a", seal=OWN), {"text": "a", "thought": True, "thoughtSignature": "s"}, []),
        (
            ToolCallPart(id="c", name="f", arguments='{"a":1}', seal=OWN),
            {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}, "thoughtSignature": "s"},
            [],
        ),
        (ToolCallPart(id="c", name="f", arguments=" "), {"functionCall": {"id": "c", "name": "f", "args": {}}}, []),
        (
            ToolCallPart(id="c", name="f", arguments="[1"),
            {"functionCall": {"id": "c", "name": "f", "args": {"input": "[1"}}},
            [("p.arguments", False)],
        ),
        (
            ToolCallPart(id="c", name="f", arguments="free", custom=True),
            {"functionCall": {"id": "c", "name": "f", "args": {"input": "free"}}},
            [],
        ),
        (PNG, INLINE, []),
        (ImagePart(source=Link("https://a"), detail="auto"), {"fileData": {"fileUri": "https://a"}}, []),
        (
            ImagePart(source=Inline("image/png", "AA=="), detail="low", seal=OTHERS),
            INLINE,
            [("p.detail", False), ("p.seal", False)],
        ),
        (ImagePart(source=Inline("image/png", "AA=="), seal=OWN), INLINE | {"thoughtSignature": "s"}, []),
        (AudioPart(source=Inline("audio/wav", "")), {"inlineData": {"mimeType": "audio/wav", "data": ""}}, []),
        (FilePart(source=Link("gs://a"), filename="n"), {"fileData": {"fileUri": "gs://a"}}, [("p.filename", False)]),
        (FilePart(source=FileId("openai.chat", "f")), None, [("p", True)]),
        (ForeignPart(dialect="gemini.generate", kind="k", raw=msgspec.Raw(b'{"k":1}')), {"k": 1}, []),
        (ForeignPart(dialect="openai.chat", kind="k", raw=msgspec.Raw(b"{}")), None, [("p", True)]),
        (ToolResultPart(call_id="c", parts=()), None, [("p", True)]),
    ],
)
def test_a_part_of_another_language(part: Part, expected: object, lost: list[tuple[str, bool]]) -> None:
    assert written(part) == (expected, lost)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (TextPart(text=""), {"text": ""}),
        (ThinkingPart(text="a"), {"text": "a", "thought": True}),
        (TextPart(text="a", extras={"x": msgspec.Raw(b"1")}), {"text": "a", "x": 1}),
        (Unnumbered(id="made", name="f", arguments="{}"), {"functionCall": {"name": "f", "args": {}}}),
        (
            FilePart(source=Link("gs://a"), filename="n", extras={"fileData.y": msgspec.Raw(b"2")}),
            {"fileData": {"fileUri": "gs://a", "displayName": "n", "y": 2}},
        ),
    ],
)
def test_a_part_of_geminis_own_language_is_given_back(part: Part, expected: object) -> None:
    assert written(part, "gemini.generate") == (expected, [])


def test_thoughts_that_another_vendor_sealed_are_not_geminis() -> None:
    assert written(ThinkingPart(text="a", seal=OTHERS), "gemini.generate")[0] is None


def given(*parts: Any, is_error: bool = False, **more: Any) -> ToolResultPart:
    return ToolResultPart(call_id="c", parts=parts, is_error=is_error, **more)


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (given(TextPart(text="a")), {"output": "a"}),
        (given(TextPart(text="a"), TextPart(text="b")), {"output": "a\n\nb"}),
        (given(TextPart(text='{"a":1}')), {"a": 1}),
        (given(TextPart(text="[1]")), {"output": "[1]"}),
        (given(TextPart(text='{"$ref":"x"}')), {"output": '{"$ref":"x"}'}),
        (given(), {"output": ""}),
        (given(TextPart(text="no"), is_error=True), {"error": "no"}),
        (given(TextPart(text='{"a":1}'), is_error=True), {"error": {"a": 1}}),
    ],
)
def test_what_a_tool_gave_is_an_object(result: ToolResultPart, response: object) -> None:
    got, apart = result_of(result, "p", wording(c="f"))
    assert plain(got) == {"functionResponse": {"id": "c", "name": "f", "response": response}}
    assert apart == []


def test_media_stand_in_a_result_where_the_model_sees_them_there() -> None:
    got, apart = result_of(given(TextPart(text="a"), PNG), "p", wording(c="f"))
    assert plain(got)["functionResponse"]["parts"] == [INLINE]
    assert apart == []


@pytest.mark.parametrize(
    ("model", "media"),
    [
        ("gemini-2.5-pro", PNG),
        ("gemini-3-pro", ImagePart(source=Link("https://a"))),
        ("gemini-3-pro", AudioPart(source=Inline("audio/wav", ""))),
        ("gemini-3-pro", FilePart(source=Inline("video/mp4", ""))),
    ],
)
def test_media_that_have_no_room_stand_apart(model: str, media: Any) -> None:
    got, apart = result_of(given(media), "p", wording(model=model, c="f"))
    assert "parts" not in plain(got)["functionResponse"]
    assert plain(apart)[0] == {"text": "What the function call c gave:"}
    assert len(apart) == 2


def test_a_result_that_can_not_all_be_said() -> None:
    said = wording()
    lost = ForeignPart(dialect="openai.chat", kind="k", raw=msgspec.Raw(b"{}"))
    got, _ = result_of(given(lost, cache="5m", extras={"x": msgspec.Raw(b"1")}), "p", said)
    assert plain(got) == {"functionResponse": {"id": "c", "name": "c", "response": {"output": ""}}}
    assert losses(said) == [("p.parts[0]", True), ("p.name", False), ("p.cache", False), ("p.x", False)]


def test_geminis_own_result_is_given_back() -> None:
    result = GivenResult(
        call_id="c",
        name="f",
        parts=(TextPart(text="a"), PNG),
        response=msgspec.Raw(b'{"output":"a","x":1}'),
        numbered=False,
        extras={"functionResponse.scheduling": msgspec.Raw(b'"SILENT"')},
    )
    got, apart = result_of(result, "p", wording("gemini.generate"))
    assert apart == []
    assert plain(got) == {
        "functionResponse": {
            "name": "f",
            "response": {"output": "a", "x": 1},
            "parts": [INLINE],
            "scheduling": "SILENT",
        }
    }


def test_geminis_own_result_with_an_id_keeps_it() -> None:
    result = GivenResult(call_id="c", parts=(), response=None, numbered=True)
    assert plain(result_of(result, "p", wording("gemini.generate"))[0]) == {"functionResponse": {"id": "c"}}


def test_arguments_too_deep_are_text() -> None:
    assert arguments_of('{"a":' * 5000) == {"input": '{"a":' * 5000}
