"""Messages as Anthropic takes them: in turns."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.blocks_out import Wording, content_of
from waystation.dialects.anthropic_messages.families import family_of
from waystation.dialects.anthropic_messages.ids import Ids
from waystation.dialects.anthropic_messages.own import Rest
from waystation.dialects.anthropic_messages.turns import is_unsealed, system_and_turns
from waystation.dialects.losses import Losses
from waystation.wire.chat import (
    Message,
    Part,
    RefusalPart,
    Role,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

OLD, NEW = "claude-sonnet-4-5", "claude-opus-4-8"
OWN = ThinkingPart(text="h", seal=Seal("anthropic.messages", "S"))


def say(role: Role, *parts: Part | str) -> Message:
    return Message(role=role, parts=tuple(TextPart(text=part) if isinstance(part, str) else part for part in parts))


def call(name: str) -> ToolCallPart:
    return ToolCallPart(id=name, name="f", arguments="{}")


def result(name: str) -> Message:
    return say("tool", ToolResultPart(call_id=name, parts=()))


def write(*messages: Message, model: str = OLD, source: Dialect = "openai.chat") -> tuple[Any, Any, list[str]]:
    wording = Wording(Losses(source, "anthropic.messages"), family_of(model), frozenset(), Ids(messages))
    system, turns = system_and_turns(messages, wording)
    written = json.loads(msgspec.json.encode([turn.written() for turn in turns]))
    return json.loads(msgspec.json.encode(content_of(system))), written, [one.field for one in wording.losses.found()]


def shape(turns: Any) -> list[tuple[str, list[str]]]:
    return [
        (
            turn["role"],
            [turn["content"]]
            if isinstance(turn["content"], str)
            else [block.get("text", block["type"]) for block in turn["content"]],
        )
        for turn in turns
    ]


def test_the_systems_words_at_the_head_stand_apart() -> None:
    system, turns, lost = write(say("system", "A"), say("developer", "B"), say("user", "Hi"))
    assert [block["text"] for block in system] == ["A", "B"]
    assert (shape(turns), lost) == ([("user", ["Hi"])], [])


def test_a_conversation_of_the_system_alone_is_the_users() -> None:
    system, turns, lost = write(say("system", "A"), say("system", "B"))
    assert (system, shape(turns), lost) == ("A", [("user", ["B"])], ["messages[1]"])


def test_turns_of_one_role_are_one() -> None:
    _, turns, lost = write(say("user", "a"), say("user", "b"), say("assistant", "c"), say("assistant", "d"))
    assert (shape(turns), lost) == ([("user", ["a", "b"]), ("assistant", ["c", "d"])], [])


def test_results_stand_together_right_after_their_calls() -> None:
    _, turns, _ = write(
        say("user", "Hi"), say("assistant", call("a"), call("b")), say("user", "by the way"), result("b"), result("a")
    )
    assert shape(turns)[1:] == [
        ("assistant", ["tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result", "by the way"]),
    ]
    assert [block.get("tool_use_id") for block in turns[2]["content"]] == ["b", "a", None]


@pytest.mark.parametrize(
    ("model", "roles", "lost"),
    [(OLD, ["user", "assistant", "user"], ["messages[1]"]), (NEW, ["user", "system", "assistant", "user"], [])],
)
def test_the_systems_words_after_the_user(model: str, roles: list[str], lost: list[str]) -> None:
    _, turns, noted = write(
        say("user", "Hi"), say("system", "Now."), say("assistant", "Yes."), say("user", "So?"), model=model
    )
    assert ([turn["role"] for turn in turns], noted) == (roles, lost)


@pytest.mark.parametrize(
    "messages",
    [
        (say("user", "Hi"), say("assistant", "a"), say("system", "Now."), say("user", "b")),
        (say("user", "Hi"), say("assistant", call("a")), say("developer", "Now."), result("a")),
    ],
)
def test_the_systems_words_elsewhere_are_the_users(messages: tuple[Message, ...]) -> None:
    _, turns, lost = write(*messages, model=NEW)
    assert ([turn["role"] for turn in turns], lost) == (["user", "assistant", "user"], ["messages[2]"])


def test_the_systems_words_may_end_the_conversation() -> None:
    _, turns, lost = write(say("user", "Hi"), say("system", "Now."), model=NEW)
    assert (shape(turns), lost) == ([("user", ["Hi"]), ("system", ["Now."])], [])


def test_empty_messages_are_left_out() -> None:
    _, turns, lost = write(say("user", "a"), say("assistant"), say("user", "", " "), say("user", "b"))
    assert (shape(turns), lost) == ([("user", ["a", "b"])], [])


def test_a_conversation_begins_with_the_user() -> None:
    _, turns, lost = write(say("assistant", "Hello."), say("user", "Hi"))
    assert shape(turns) == [("user", ["Go on."]), ("assistant", ["Hello."]), ("user", ["Hi"])]
    assert lost == ["messages[0]"]


def test_where_the_model_goes_on_with_its_own_words_they_end_in_no_white_space() -> None:
    _, turns, lost = write(say("user", "a"), say("assistant", "Old gate, \n"))
    assert (shape(turns), lost) == ([("user", ["a"]), ("assistant", ["Old gate,"])], [])


def test_a_model_that_does_not_go_on_with_its_own_words_is_asked_to() -> None:
    _, turns, lost = write(say("user", "a"), say("assistant", "Old gate, "), model=NEW)
    assert shape(turns)[1:] == [("assistant", ["Old gate, "]), ("user", ["Go on."])]
    assert lost == ["messages[1]"]


def test_its_own_language_keeps_its_messages() -> None:
    messages = (
        say("user", "a"),
        Message(role="user", parts=(TextPart(text="b"),), extras={"x": msgspec.Raw(b"1")}),
        say("system", "Now."),
        result("c"),
        Rest(role="user", parts=(TextPart(text="d"),)),
        say("assistant", "e "),
    )
    _, turns, lost = write(*messages, source="anthropic.messages")
    assert shape(turns) == [
        ("user", ["a"]),
        ("user", ["b"]),
        ("system", ["Now."]),
        ("user", ["tool_result", "d"]),
        ("assistant", ["e"]),
    ]
    assert (turns[1]["x"], lost) == (1, [])


def test_what_a_role_cant_say_is_a_grave_loss() -> None:
    named = Message(role="user", parts=(TextPart(text="a"),), name="Ann", extras={"x": msgspec.Raw(b"1")})
    messages = (say("system", RefusalPart(text="no")), say("tool", "t"), named)
    _, turns, lost = write(*messages)
    assert shape(turns) == [("user", ["a"])]
    assert lost == ["messages[0].parts[0]", "messages[1].parts[0]", "messages[2].x", "messages[2].name"]


@pytest.mark.parametrize(
    ("messages", "unsealed"),
    [
        ((say("user", "a"),), False),
        ((say("user", "a"), say("assistant", "b"), say("user", "c")), False),
        ((say("user", "a"), say("assistant", call("x")), result("x")), True),
        ((say("user", "a"), say("assistant", "b", call("x")), result("x"), say("user", "c")), True),
        ((say("user", "a"), say("assistant", OWN, call("x")), result("x")), False),
        (
            (say("user", "a"), say("assistant", OWN, call("x")), result("x"), say("assistant", call("y")), result("y")),
            False,
        ),
        (
            (
                say("user", "a"),
                say("assistant", OWN, call("x")),
                result("x"),
                say("user", "b"),
                say("assistant", call("y")),
                result("y"),
            ),
            True,
        ),
        ((result("x"),), False),
    ],
)
def test_whether_an_answer_begins_with_its_own_thought(messages: tuple[Message, ...], unsealed: bool) -> None:
    wording = Wording(Losses("openai.chat", "anthropic.messages"), family_of(OLD), frozenset(), Ids(messages))
    assert is_unsealed(system_and_turns(messages, wording)[1]) is unsealed


def test_no_messages_are_no_turns() -> None:
    assert write() == ([], [], [])
    assert is_unsealed([]) is False


def test_a_call_at_the_end_stays() -> None:
    _, turns, lost = write(say("user", "a"), say("assistant", "b ", call("x")))
    assert (shape(turns)[1:], lost) == ([("assistant", ["b ", "tool_use"])], [])
