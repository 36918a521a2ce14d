"""Parts as they are written to a vendor."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.blocks_out import Wording, block_of, content_of, input_of
from waystation.dialects.anthropic_messages.families import family_of
from waystation.dialects.anthropic_messages.ids import Ids
from waystation.dialects.anthropic_messages.own import Told
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
    Role,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.loss import Loss

NATIVE: Dialect = "anthropic.messages"
OWN = Seal(NATIVE, "EqQB")
OTHER = Seal("gemini.generate", "c2ln")
PNG = ImagePart(source=Inline("image/png", "AAAA"))


def write(
    part: Part, role: Role = "user", source: Dialect = "openai.chat", traits: frozenset[Trait] = frozenset()
) -> tuple[Any, tuple[Loss, ...]]:
    wording = Wording(Losses(source, NATIVE), family_of("claude-sonnet-4-5"), traits, Ids(()))
    block = block_of(part, "p", role, wording)
    return json.loads(msgspec.json.encode(block)), wording.losses.found()


@pytest.mark.parametrize(
    ("part", "role", "block"),
    [
        (TextPart(text="t", cache="5m"), "user", {"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}}),
        (TextPart(text=" \n"), "user", None),
        (RefusalPart(text="no"), "assistant", {"type": "text", "text": "no"}),
        (ThinkingPart(text="h", seal=OWN), "assistant", {"type": "thinking", "thinking": "h", "signature": "EqQB"}),
        (ThinkingPart(seal=OWN), "assistant", {"type": "thinking", "thinking": "", "signature": "EqQB"}),
        (ThinkingPart(seal=OWN, redacted=True), "assistant", {"type": "redacted_thinking", "data": "EqQB"}),
        (ThinkingPart(), "assistant", None),
        (
            ToolCallPart(id="i", name="f", arguments='{"a":1}'),
            "assistant",
            {"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}},
        ),
        (
            ToolResultPart(call_id="i", parts=(TextPart(text="r"),), is_error=True),
            "tool",
            {"type": "tool_result", "tool_use_id": "i", "content": "r", "is_error": True},
        ),
        (ToolResultPart(call_id="i", parts=(TextPart(text=""),)), "tool", {"type": "tool_result", "tool_use_id": "i"}),
        (
            FilePart(source=Inline("text/plain", "aGk="), filename="T"),
            "user",
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hi"}, "title": "T"},
        ),
        (
            ImagePart(source=Link("https://x"), detail="auto"),
            "user",
            {"type": "image", "source": {"type": "url", "url": "https://x"}},
        ),
        (ForeignPart(dialect=NATIVE, kind="x", raw=msgspec.Raw(b'{"type":"x"}')), "assistant", {"type": "x"}),
        (Told(text="t", raw=msgspec.Raw(b'{"type":"x"}')), "user", {"type": "text", "text": "t"}),
    ],
)
def test_what_can_be_said(part: Part, role: Role, block: object) -> None:
    assert write(part, role) == (block, ())


def test_a_result_holds_texts_images_and_documents() -> None:
    result = ToolResultPart(call_id="i", parts=(TextPart(text="r"), PNG, AudioPart(source=Link("https://x"))))
    block, losses = write(result, "tool")
    assert [inner["type"] for inner in block["content"]] == ["text", "image"]
    assert losses == (Loss("p.parts[2]", "Anthropic has no such part for the role tool", grave=True),)


@pytest.mark.parametrize(
    ("part", "role", "field", "grave"),
    [
        (TextPart(text="t", annotations=(Annotation(url="u"),)), "assistant", "p.annotations", False),
        (TextPart(text="t", seal=OTHER), "assistant", "p.seal", False),
        (ThinkingPart(text="h"), "assistant", "p", False),
        (ThinkingPart(seal=OTHER), "assistant", "p.seal", False),
        (ToolCallPart(id="i", name="f", arguments="{}", seal=OTHER), "assistant", "p.seal", False),
        (ToolCallPart(id="i", name="f", arguments="[1]"), "assistant", "p.arguments", False),
        (ToolCallPart(id="i", name="f", arguments="x", custom=True), "assistant", "p", True),
        (ImagePart(source=PNG.source, detail="high"), "user", "p.detail", False),
        (ImagePart(source=PNG.source, seal=OTHER), "user", "p.seal", False),
        (PNG, "assistant", "p", True),
        (ImagePart(source=FileId("openai.responses", "f")), "user", "p", True),
        (AudioPart(source=Link("https://x")), "user", "p", True),
        (ForeignPart(dialect="gemini.generate", kind="x", raw=msgspec.Raw(b"{}")), "user", "p", True),
        (TextPart(text="t", extras={"x": msgspec.Raw(b"1")}), "user", "p.x", False),
    ],
)
def test_what_is_lost_is_noted(part: Part, role: Role, field: str, grave: bool) -> None:
    _, losses = write(part, role)
    assert [(loss.field, loss.grave) for loss in losses] == [(field, grave)]


def test_a_vendor_that_fetches_nothing_gets_no_addresses() -> None:
    block, losses = write(ImagePart(source=Link("https://x")), traits=frozenset({"inline_images"}))
    assert (block, losses) == (None, (Loss("p", "this vendor takes images by their bytes only", grave=True),))
    assert write(PNG, traits=frozenset({"inline_images"}))[1] == ()


def test_its_own_language_stays_as_it_was() -> None:
    page = msgspec.Raw(b'{"type":"page_location"}')
    text = TextPart(text="t", annotations=(Annotation(raw=page),), extras={"x": msgspec.Raw(b"1")})
    assert write(text, "assistant", NATIVE) == (
        {"type": "text", "text": "t", "citations": [{"type": "page_location"}], "x": 1},
        (),
    )
    assert write(Told(text="t", raw=msgspec.Raw(b'{"type":"x"}')), "user", NATIVE) == ({"type": "x"}, ())
    assert write(PNG, "assistant", NATIVE)[1] == ()


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ("", {}),
        (" ", {}),
        ('{"a": 1}', {"a": 1}),
        ("{", {"input": "{"}),
        ("5", {"input": "5"}),
        ('"x"', {"input": '"x"'}),
    ],
)
def test_input_is_an_object(arguments: str, given: object) -> None:
    assert json.loads(msgspec.json.encode(input_of(arguments))) == given


def test_a_single_text_is_a_string() -> None:
    text: dict[str, object] = {"type": "text", "text": "t"}
    assert content_of([text]) == "t"
    assert content_of([{**text, "cache_control": {}}]) == [{**text, "cache_control": {}}]
    assert content_of([text, text]) == [text, text]
    assert content_of([]) == []
