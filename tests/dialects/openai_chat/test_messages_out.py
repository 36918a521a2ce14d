"""The messages of a conversation, as a vendor gets them."""

import json
from typing import Any

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.messages_out import Script
from waystation.dialects.openai_chat.parts_out import Wording
from waystation.wire.chat import (
    Annotation,
    ForeignPart,
    ImagePart,
    Link,
    Message,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.loss import Loss

IMAGE = ImagePart(source=Link("https://x"))
WRITTEN_IMAGE = {"type": "image_url", "image_url": {"url": "https://x"}}
CALL = ToolCallPart(id="c", name="f", arguments="{}")
WRITTEN_CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RAW = msgspec.Raw(b"1")


def write(
    *messages: Message, source: Dialect = "anthropic.messages", traits: tuple[Trait, ...] = ()
) -> tuple[list[dict[str, Any]], tuple[Loss, ...]]:
    losses = Losses(source, "openai.chat")
    script = Script(Wording(losses, frozenset(traits)))
    for at, message in enumerate(messages):
        script.add(message, f"messages[{at}]")
    script.flush()
    return json.loads(msgspec.json.encode(script.messages)), losses.found()


def message(role: Any, *parts: Part, **more: Any) -> Message:
    return Message(role=role, parts=parts, **more)


def fields(losses: tuple[Loss, ...]) -> list[tuple[str, bool]]:
    return [(loss.field, loss.grave) for loss in losses]


def test_the_developer_is_the_system_where_the_role_is_not_known() -> None:
    words = message("developer", TextPart(text="be"))
    assert write(words) == ([{"role": "system", "content": "be"}], ())
    assert write(words, traits=("developer_role",)) == ([{"role": "developer", "content": "be"}], ())


def test_names_and_unknown_members_are_kept() -> None:
    words = message("user", TextPart(text="hi"), name="bob", extras={"x": RAW})
    assert write(words, source="openai.chat") == ([{"role": "user", "content": "hi", "name": "bob", "x": 1}], ())
    assert fields(write(words)[1]) == [("messages[0].x", False)]


def test_an_empty_message_is_an_empty_text() -> None:
    assert write(message("user"))[0] == [{"role": "user", "content": ""}]
    assert write(message("assistant"))[0] == [{"role": "assistant", "content": ""}]


def test_the_systems_and_the_assistants_words_are_text() -> None:
    said, losses = write(message("system", IMAGE, TextPart(text="be")), message("assistant", IMAGE))
    assert said == [{"role": "system", "content": "be"}, {"role": "assistant", "content": ""}]
    assert fields(losses) == [("messages[0].parts[0]", True), ("messages[1].parts[0]", True)]
    kept, losses = write(message("system", IMAGE), message("assistant", IMAGE), source="openai.chat")
    assert ([one["content"] for one in kept], losses) == ([[WRITTEN_IMAGE], [WRITTEN_IMAGE]], ())


def test_what_the_assistant_said_is_one_text() -> None:
    said, losses = write(message("assistant", TextPart(text="a"), TextPart(text="b"), RefusalPart(text="no"), CALL))
    assert said == [{"role": "assistant", "content": "ab", "refusal": "no", "tool_calls": [WRITTEN_CALL]}]
    assert losses == ()


def test_calls_without_words_have_null_for_content() -> None:
    assert write(message("assistant", CALL))[0] == [
        {"role": "assistant", "content": None, "tool_calls": [WRITTEN_CALL]}
    ]


def test_citations_go_back_to_their_own_language() -> None:
    raw = msgspec.Raw(b'{"type":"url_citation"}')
    words = message("assistant", TextPart(text="a", annotations=(Annotation(url="u", raw=raw),)))
    assert write(words, source="openai.chat")[0][0]["annotations"] == [{"type": "url_citation"}]
    said, losses = write(words)
    assert said == [{"role": "assistant", "content": "a"}]
    assert fields(losses) == [("messages[0].parts[0].annotations", False)]


def test_a_call_of_a_custom_tool_needs_a_vendor_who_knows_it() -> None:
    call = ToolCallPart(id="c", name="f", arguments="x", custom=True)
    said, losses = write(message("assistant", call), traits=("custom_tools",))
    assert said[0]["tool_calls"] == [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]
    assert losses == ()
    assert fields(write(message("assistant", call))[1]) == [("messages[0].parts[0]", True)]


def test_only_its_own_seal_goes_back_with_a_call() -> None:
    own = msgspec.structs.replace(CALL, seal=Seal("openai.chat", "s"), extras={"extra_content.x": RAW})
    said, losses = write(message("assistant", own), source="openai.chat")
    assert said[0]["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "s"}, "x": 1}
    assert losses == ()
    other = msgspec.structs.replace(CALL, seal=Seal("gemini.generate", "s"), cache="5m")
    said, losses = write(message("assistant", other))
    assert said[0]["tool_calls"] == [WRITTEN_CALL]
    assert fields(losses) == [("messages[0].parts[0].seal", False), ("messages[0].parts[0].cache", False)]


THOUGHT = ThinkingPart(text="hm", seal=Seal("anthropic.messages", "s"))


def test_thoughts_go_back_only_to_who_takes_them() -> None:
    own = ThinkingPart(text="ha", seal=Seal("openai.chat", "s"))
    said, losses = write(message("assistant", THOUGHT, own, CALL), traits=("reasoning_content",))
    assert said[0]["reasoning_content"] == "hmha"
    assert said[0]["reasoning_details"] == [{"type": "reasoning.text", "signature": "s", "text": "ha", "index": 0}]
    assert fields(losses) == [("messages[0].parts[0].seal", False)]


def test_thoughts_of_a_turn_without_calls_are_dropped() -> None:
    assert write(message("assistant", THOUGHT, TextPart(text="a"))) == ([{"role": "assistant", "content": "a"}], ())


def test_thoughts_before_a_call_are_a_loss() -> None:
    said, losses = write(message("assistant", THOUGHT, ThinkingPart(extras={"x": RAW}), CALL))
    assert said[0].keys() == {"role", "content", "tool_calls"}
    assert fields(losses) == [
        ("messages[0].parts[0].seal", False),
        ("messages[0].parts[0]", False),
        ("messages[0].parts[1].x", False),
    ]


def result(call_id: str, *parts: Any, **more: Any) -> Message:
    return message("tool", ToolResultPart(call_id=call_id, parts=parts, **more))


def test_a_tools_result_is_text() -> None:
    said, losses = write(result("c", TextPart(text="a"), TextPart(text="b")), result("d"))
    assert said == [
        {"role": "tool", "tool_call_id": "c", "content": "a\n\nb"},
        {"role": "tool", "tool_call_id": "d", "content": ""},
    ]
    assert losses == ()


def test_images_of_tools_follow_all_their_results() -> None:
    said, losses = write(
        result("c", TextPart(text="a"), IMAGE), result("d", IMAGE), message("user", TextPart(text="go on"))
    )
    assert said == [
        {"role": "tool", "tool_call_id": "c", "content": "a"},
        {"role": "tool", "tool_call_id": "d", "content": "See the message after the tools' results."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What the tool call c gave:"},
                WRITTEN_IMAGE,
                {"type": "text", "text": "What the tool call d gave:"},
                WRITTEN_IMAGE,
            ],
        },
        {"role": "user", "content": "go on"},
    ]
    assert losses == ()


def test_images_of_the_last_tools_follow_at_the_end() -> None:
    assert [one["role"] for one in write(result("c", IMAGE))[0]] == ["tool", "user"]


def test_its_own_language_keeps_a_result_as_it_was() -> None:
    said, losses = write(result("c", TextPart(text="a"), IMAGE, name="f"), source="openai.chat")
    content = [{"type": "text", "text": "a"}, WRITTEN_IMAGE]
    assert said == [{"role": "tool", "tool_call_id": "c", "content": content, "name": "f"}]
    assert losses == ()


def test_what_a_result_cannot_say_is_a_loss() -> None:
    failed = result("c", TextPart(text="a"), is_error=True, cache="5m", extras={"x": RAW}, name="f")
    said, losses = write(failed, message("tool", TextPart(text="a")))
    assert said == [{"role": "tool", "tool_call_id": "c", "content": "a"}]
    assert fields(losses) == [
        ("messages[0].parts[0].is_error", False),
        ("messages[0].parts[0].cache", False),
        ("messages[0].parts[0].x", False),
        ("messages[1].parts[0]", True),
    ]


def test_a_part_of_another_language_is_a_grave_loss() -> None:
    part = ForeignPart(dialect="anthropic.messages", kind="server_tool_use", raw=msgspec.Raw(b"{}"))
    said, losses = write(message("assistant", part, TextPart(text="a")))
    assert said == [{"role": "assistant", "content": "a"}]
    assert fields(losses) == [("messages[0].parts[0]", True)]
