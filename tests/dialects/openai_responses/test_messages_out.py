"""The messages of a conversation, as items."""

import json
from typing import Any

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_responses.messages_out import Script
from waystation.dialects.openai_responses.own import Given, Instructions, Item, Items, SpacedCall, Summaries
from waystation.dialects.openai_responses.parts_out import Wording
from waystation.wire.chat import (
    ForeignPart,
    ImagePart,
    Inline,
    Message,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

ONE = msgspec.Raw(b"1")
HI = TextPart(text="hi")
SEAL = Seal("openai.responses", "rs_1 enc")
OTHER = Seal("gemini.generate", "s")
CALL = ToolCallPart(id="c", name="f", arguments="{}")


def write(
    *messages: Message, source: Dialect = "openai.chat", mixed: bool = False
) -> tuple[list[Any], list[tuple[str, bool]], dict[str, Any]]:
    wording = Wording(Losses(source, "openai.responses"), frozenset(), mixed=mixed)
    script = Script(wording)
    for at, message in enumerate(messages):
        script.add(message, f"messages[{at}]")
    told = [(loss.field, loss.grave) for loss in wording.losses.found()]
    items, members = json.loads(msgspec.json.encode([script.items, script.members]))
    return items, told, members


def text(word: str) -> dict[str, Any]:
    return {"type": "output_text", "text": word, "annotations": []}


def said(*words: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [text(word) for word in words]}


def test_system_and_developer_stay_where_they_are() -> None:
    items, told, _ = write(
        Message(role="user", parts=(HI,)), Message(role="developer", parts=(HI,)), Message(role="system", parts=())
    )
    assert [item["role"] for item in items] == ["user", "developer", "system"]
    assert items[2]["content"] == []
    assert told == []


def test_what_the_assistant_said_is_several_items() -> None:
    parts = (ThinkingPart(text="h", seal=SEAL), HI, TextPart(text="ho"), CALL, RefusalPart(text="no"))
    items, told, _ = write(Message(role="assistant", parts=parts, extras={"x": ONE}))
    assert items == [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "h"}],
            "encrypted_content": "enc",
        },
        said("hi", "ho"),
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    ]
    assert told == [("messages[0].x", False)]


def test_thoughts_go_back_only_with_their_own_seal() -> None:
    thoughts = (ThinkingPart(text="h"), ThinkingPart(text="h", seal=OTHER), ThinkingPart())
    items, told, _ = write(Message(role="assistant", parts=thoughts))
    assert items == []
    assert told == [
        ("messages[0].parts[0]", False),
        ("messages[0].parts[1].seal", False),
        ("messages[0].parts[1]", False),
    ]


def test_open_thoughts_are_its_own_languages() -> None:
    thought = Summaries(text="a\n\nb", summary=("a",), content=("b",), extras={"x": ONE})
    message = Items(role="assistant", parts=(thought,), items=(Item("reasoning", 1, {"id": ONE}),))
    items, told, _ = write(message, source="openai.responses")
    assert items == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "a"}],
            "content": [{"type": "reasoning_text", "text": "b"}],
            "x": 1,
            "id": 1,
        }
    ]
    assert told == []
    masked = msgspec.structs.replace(thought, text="***")
    changed = msgspec.structs.replace(message, parts=(masked,))
    items, _, _ = write(changed, source="openai.responses")
    assert items[0]["summary"] == [{"type": "summary_text", "text": "***"}]
    assert "content" not in items[0]


def test_where_others_took_part_ids_are_not_the_vendors() -> None:
    thought = Summaries(text="a", summary=("a",), content=())
    parts = (thought, HI)
    message = Items(
        role="assistant", parts=parts, items=(Item("reasoning", 1), Item("message", 1, {"id": ONE, "phase": ONE}))
    )
    items, told, _ = write(message, source="openai.responses", mixed=True)
    assert items == [{**said("hi"), "phase": 1}]
    assert told == [("messages[0].parts[0]", False)]


def test_items_whose_parts_have_changed_are_made_anew() -> None:
    message = Items(role="assistant", parts=(HI, CALL), items=(Item("message", 1, {"id": ONE}),), extras={"x": ONE})
    items, _, _ = write(message, source="openai.responses")
    assert [item["type"] for item in items] == ["message", "function_call"]
    assert items[0]["x"] == 1


def test_calls() -> None:
    seal = ToolCallPart(id="c", name="g", arguments="x", custom=True, seal=OTHER, cache="5m", extras={"x": ONE})
    spaced = SpacedCall(id="d", name="docs__f", arguments="", space="docs", bare="f")
    items, told, _ = write(Message(role="assistant", parts=(seal, spaced)))
    assert items == [
        {"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "x"},
        {"type": "function_call", "call_id": "d", "name": "f", "namespace": "docs", "arguments": ""},
    ]
    assert [field for field, _ in told] == [f"messages[0].parts[0].{name}" for name in ("seal", "cache", "x")]


def test_long_ids_are_cut_to_the_same() -> None:
    long = "x" * 80
    call, result = msgspec.structs.replace(CALL, id=long), ToolResultPart(call_id=long, parts=(HI,))
    items, _, _ = write(Message(role="assistant", parts=(call,)), Message(role="tool", parts=(result,)))
    assert items[0]["call_id"] == items[1]["call_id"]
    assert len(items[0]["call_id"]) <= 64


def test_results() -> None:
    picture = ImagePart(source=Inline("image/png", "QQ=="))
    results = (
        ToolResultPart(call_id="a", parts=(), name="f"),
        ToolResultPart(call_id="b", parts=(HI,), is_error=True, cache="5m", extras={"x": ONE}),
        ToolResultPart(call_id="c", parts=(HI, picture), custom=True),
    )
    items, told, _ = write(Message(role="tool", parts=results))
    assert items[:2] == [
        {"type": "function_call_output", "call_id": "a", "output": ""},
        {"type": "function_call_output", "call_id": "b", "output": "hi"},
    ]
    assert items[2]["type"] == "custom_tool_call_output"
    assert [part["type"] for part in items[2]["output"]] == ["input_text", "input_image"]
    assert [field for field, _ in told] == [f"messages[0].parts[1].{name}" for name in ("is_error", "cache", "x")]
    items, _, _ = write(Message(role="tool", parts=results[:1]), source="openai.responses")
    assert items[0]["name"] == "f"


def test_what_no_item_can_hold_is_a_grave_loss() -> None:
    foreign = ForeignPart(dialect="anthropic.messages", kind="x", raw=ONE)
    items, told, _ = write(
        Message(role="assistant", parts=(foreign,)),
        Message(role="tool", parts=(HI,)),
        Message(role="user", parts=(foreign,)),
    )
    assert items == []
    assert told == [(f"messages[{at}].parts[0]", True) for at in range(3)]


def test_names_of_speakers_are_lost() -> None:
    assert write(Message(role="user", parts=(HI,), name="Mei"))[1] == [("messages[0].name", False)]


def test_its_own_items_are_written_as_they_were() -> None:
    own = ForeignPart(dialect="openai.responses", kind="web_search_call", raw=msgspec.Raw(b'{"a":1}'))
    message = Items(role="assistant", parts=(own,), items=(Item("web_search_call", 1),))
    assert write(message, source="openai.responses")[0] == [{"a": 1}]


def test_members_that_stand_beside_the_input() -> None:
    part = ForeignPart(dialect="openai.responses", kind="prompt", raw=msgspec.Raw(b'{"id":"p"}'))
    messages = (Instructions(role="system", parts=(HI,)), Given(role="user", parts=(part,), member="prompt"))
    items, _, members = write(*messages, source="openai.responses")
    assert (items, members) == ([], {"instructions": "hi", "prompt": {"id": "p"}})
    several = Instructions(role="system", parts=(HI, HI))
    assert len(write(several, source="openai.responses")[2]["instructions"]) == 2
