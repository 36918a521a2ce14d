"""Messages as contents."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.contents_out import Script
from waystation.dialects.gemini_generate.own import Rest
from waystation.dialects.gemini_generate.parts_out import Wording
from waystation.dialects.gemini_generate.quirks import UNSIGNED, family_of
from waystation.dialects.losses import Losses
from waystation.wire.chat import (
    AudioPart,
    ForeignPart,
    ImagePart,
    Inline,
    Message,
    Part,
    Role,
    Seal,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

X = {"x": msgspec.Raw(b"1")}
PNG = ImagePart(source=Inline("image/png", "AA=="))


def message(role: Role, *parts: Part | str, **more: Any) -> Message:
    words = tuple(TextPart(text=part) if isinstance(part, str) else part for part in parts)
    return Message(role=role, parts=words, **more)


def call(identity: str, seal: Seal | None = None) -> ToolCallPart:
    return ToolCallPart(id=identity, name="f", arguments="{}", seal=seal)


def result(identity: str, *parts: Any) -> ToolResultPart:
    return ToolResultPart(call_id=identity, parts=parts, name="f")


def script(
    *messages: Message, source: Dialect = "openai.chat", model: str = "gemini-2.5-pro"
) -> tuple[Any, Any, list[tuple[str, bool]]]:
    losses = Losses(source, "gemini.generate")
    got = Script(Wording(losses, family_of(model), {}))
    for at, one in enumerate(messages):
        got.add(one, f"messages[{at}]")
    got.end()
    lost = [(loss.field, loss.grave) for loss in losses.found()]
    return json.loads(msgspec.json.encode(got.instruction)), json.loads(msgspec.json.encode(got.contents)), lost


def texts(contents: Any) -> list[tuple[str, list[str]]]:
    return [(one["role"], [part.get("text", "…") for part in one["parts"]]) for one in contents]


def test_messages_from_one_side_are_one_content() -> None:
    _, contents, _ = script(
        message("user", "a"),
        message("user", "b"),
        message("assistant", "c"),
        message("assistant", "d"),
        message("user", "e"),
    )
    assert texts(contents) == [("user", ["a", "b"]), ("model", ["c", "d"]), ("user", ["e"])]


def test_geminis_own_contents_stay_apart_unless_they_were_one() -> None:
    rest = Rest(role="user", parts=(TextPart(text="b"),))
    _, contents, lost = script(
        message("user", "a", extras=X), rest, message("user", "c"), message("user"), source="gemini.generate"
    )
    assert texts(contents) == [("user", ["a", "b"]), ("user", ["c"]), ("user", [])]
    assert contents[0]["x"] == 1
    assert lost == []


def test_a_message_that_says_nothing_is_none() -> None:
    _, contents, lost = script(message("assistant", ""), message("user", "a", name="bob", extras=X))
    assert texts(contents) == [("user", ["a"])]
    assert lost == [("messages[1].name", False), ("messages[1].x", False)]


def test_the_words_at_the_head_are_the_instruction() -> None:
    foreign = ForeignPart(dialect="openai.chat", kind="k", raw=msgspec.Raw(b"{}"))
    instruction, contents, lost = script(
        message("system", "a", foreign, PNG), message("developer", "b"), message("user", "c")
    )
    assert instruction == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert texts(contents) == [("user", ["c"])]
    assert lost == [("messages[0].parts[2]", True), ("messages[0].parts[1]", True)]


def test_later_words_are_the_users() -> None:
    instruction, contents, lost = script(message("user", "a"), message("system", "b"), message("system", ""))
    assert instruction is None
    assert texts(contents) == [("user", ["a", "b"])]
    assert lost == [("messages[1]", False), ("messages[2]", False)]


def test_an_empty_instruction_is_none() -> None:
    assert script(message("system", ""), message("user", "a"))[0] is None


def test_geminis_own_instruction_is_given_back() -> None:
    instruction, _, _ = script(message("system", "a", PNG, extras=X), source="gemini.generate")
    assert instruction["x"] == 1
    assert len(instruction["parts"]) == 2


def test_results_stand_alone_and_their_media_follow() -> None:
    _, contents, _ = script(
        message("assistant", call("1"), call("2")),
        message("tool", result("1", PNG)),
        message("tool", result("2", TextPart(text="b"))),
        message("user", "c"),
    )
    assert [(one["role"], len(one["parts"])) for one in contents] == [("model", 2), ("user", 2), ("user", 3)]
    assert texts(contents)[2] == ("user", ["What the function call 1 gave:", "…", "c"])


@pytest.mark.parametrize("last", [(), (message("system", "b"),)])
def test_media_come_before_what_follows(last: tuple[Message, ...]) -> None:
    _, contents, _ = script(message("assistant", call("1")), message("tool", result("1", PNG)), *last)
    assert texts(contents)[2] == ("user", ["What the function call 1 gave:", "…", *["b" for _ in last]])


def test_a_message_of_results_holds_nothing_else() -> None:
    _, contents, lost = script(message("tool", "a", result("1", TextPart(text="b"))))
    assert len(contents[0]["parts"]) == 1
    assert lost == [("messages[0].parts[0]", True)]


def test_the_first_call_of_a_step_is_signed() -> None:
    seal = Seal("gemini.generate", "s")
    _, contents, _ = script(
        message("assistant", "a", call("1"), call("2")),
        message("tool", result("1"), result("2")),
        message("assistant", call("3", seal), call("4")),
        message("assistant", call("5")),
        model="gemini-3-pro",
    )
    signatures = [part.get("thoughtSignature") for one in contents for part in one["parts"]]
    assert signatures == [None, UNSIGNED, None, None, None, "s", None, None]


def test_older_models_need_no_signature() -> None:
    _, contents, _ = script(message("assistant", call("1")))
    assert "thoughtSignature" not in contents[0]["parts"][0]


def test_sounds_are_seen_by_no_result() -> None:
    sound = AudioPart(source=Inline("audio/wav", ""))
    _, contents, _ = script(message("tool", result("1", sound)), model="gemini-3-pro")
    assert len(contents) == 2
