"""What Anthropic refuses."""

from typing import Any

import msgspec
import pytest

from waystation.demo.anthropic.ask import MessagesAsk
from waystation.demo.anthropic.checks import KIND, STRICTER, check
from waystation.demo.refusals import Refused
from waystation.demo.seals import sealed

THINKING = {"type": "thinking", "thinking": "Hm.", "signature": sealed(KIND, "Hm.")}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}
ENABLED = {"type": "enabled", "budget_tokens": 1024}


def u(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def a(*content: Any) -> dict[str, Any]:
    return {**u(*content), "role": "assistant"}


def t(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _check(*messages: dict[str, Any], version: str = "2023-06-01", **more: Any) -> None:
    asked = {"model": "m", "max_tokens": 4096, "messages": list(messages), **more}
    check(msgspec.convert(asked, MessagesAsk), version)


@pytest.mark.parametrize(
    "messages",
    [
        [u("Hi")],
        [u("Hi"), u("there")],
        [u("Hi"), a("Well")],
        [u("Hi"), a(THINKING, USE), u(RESULT)],
        [u("Hi"), a(THINKING, USE), u(RESULT, t("go on"))],
        [u("Hi"), a(THINKING, USE, {**USE, "id": "toolu_2"}), u(RESULT), u({**RESULT, "tool_use_id": "toolu_2"})],
        [u("Hi"), a(THINKING, USE), u(RESULT), a({**USE, "id": "b"}), u({**RESULT, "tool_use_id": "b"})],
        [u("Hi"), a("Old"), u("And"), a(THINKING, t("so"), USE), u(RESULT)],
        [u("Hi"), a(USE), u(RESULT), a("Done."), u("Thanks")],
        [u("Hi"), a({**THINKING, "thinking": ""}, USE), u(RESULT)],
        [u("Hi"), a({"type": "redacted_thinking", "data": sealed(KIND, "x")}, USE), u(RESULT)],
        [u("Hi"), {"role": "system", "content": "Be kind."}, u("there")],
    ],
)
def test_a_conversation_that_is_well_formed_is_taken(messages: list[dict[str, Any]]) -> None:
    _check(*messages, thinking=ENABLED)


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([], "at least one message"),
        ([a("Hi"), u("Hi")], "first message must use"),
        ([u(t(""))], "text content blocks must be non-empty"),
        ([u(t(" \n"))], "non-whitespace"),
        ([u("")], "messages.0: all messages must have non-empty content"),
        ([u("Hi"), a("Well ")], "trailing whitespace"),
        ([u("Hi"), a(USE), u("Hi")], "messages.1: `tool_use` ids were found without `tool_result`.*toolu_1"),
        ([u("Hi"), a(USE), u(t("First"), RESULT)], "`tool_use` ids were found without"),
        ([u("Hi"), a(USE), a("More"), u(RESULT), u(RESULT)], "each tool_use must have a single result"),
        ([u("Hi"), a(USE), u(RESULT), a(USE), u(RESULT)], "ids must be unique"),
        ([u(RESULT)], "messages.0.content.0: unexpected `tool_use_id`.*toolu_1"),
        ([u("Hi"), a("So"), u(RESULT)], "messages.2.content.0: unexpected `tool_use_id`"),
        ([u("Hi"), a({**THINKING, "signature": "x"}, t("So")), u("And?")], "messages.1.content.0: Invalid `signature`"),
        ([u("Hi"), a({**THINKING, "thinking": "Ha."}, t("So")), u("And?")], "Invalid `signature` in `thinking` block"),
        ([u("Hi"), a({"type": "redacted_thinking", "data": "x"}, t("So")), u("And?")], "Invalid `data`"),
    ],
)
def test_a_conversation_that_is_not_is_refused(messages: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(Refused, match=text) as refused:
        _check(*messages)
    assert refused.value.refusal.status == 400


@pytest.mark.parametrize(
    ("content", "found"), [([USE], "tool_use"), ([t("So"), USE], "text"), ([USE, THINKING], "tool_use")]
)
def test_a_thought_comes_first_before_tool_results(content: list[Any], found: str) -> None:
    messages = [u("Hi"), a(*content), u(RESULT)]
    for more in ([], [t("go on")]):
        with pytest.raises(Refused, match=f"messages.1.content.0.type: Expected `thinking`.*found `{found}`"):
            _check(*messages[:-1], u(RESULT, *more), thinking=ENABLED)
    _check(*messages)
    _check(*messages, thinking={"type": "adaptive"})


TOOL = {"name": "f", "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"tool_choice": {"type": "any"}}, "only be specified while providing tools"),
        ({"tools": [TOOL, TOOL]}, "must be unique"),
        ({"tools": [{"name": "f"}]}, "tools.0.custom.input_schema.type: Field required"),
        ({"system": [t("")]}, "system: text content blocks"),
        ({"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1023}}, "greater than or equal to 1024"),
        ({"thinking": {"type": "enabled", "budget_tokens": 4096}}, "must be greater than `thinking.budget_tokens`"),
        ({"thinking": {"type": "adaptive"}, "temperature": 0.5}, "`temperature` may only be set to 1"),
        ({"thinking": ENABLED, "top_k": 5}, "`top_k` must be unset"),
        ({"thinking": ENABLED, "tools": [TOOL], "tool_choice": {"type": "any"}}, "forces tool use"),
    ],
)
def test_options_that_do_not_go_together_are_refused(more: dict[str, Any], text: str) -> None:
    with pytest.raises(Refused, match=text):
        _check(u("Hi"), **more)


def test_a_tool_of_anthropics_own_needs_no_schema() -> None:
    _check(u("Hi"), tools=[{"type": "bash_20250124", "name": "bash"}], temperature=1, system=[t("Be kind.")])


DOCUMENT = {"type": "document", "source": {"type": "url", "url": "https://a"}}


@pytest.mark.parametrize(
    ("messages", "more", "text"),
    [
        ([u("Hi")], {"temperature": 1}, "temperature: Extra inputs are not permitted"),
        ([u("Hi")], {"top_p": 0.5}, "top_p: Extra inputs"),
        ([u("Hi")], {"top_k": 1}, "top_k: Extra inputs"),
        ([u("Hi"), a(DOCUMENT), u("And?")], {}, "messages.1.content.0: document"),
        ([u({**t("Hi"), "citations": [{}]})], {}, "messages.0.content.0.text.citations"),
    ],
)
def test_the_newest_version_takes_less(messages: list[dict[str, Any]], more: dict[str, Any], text: str) -> None:
    _check(*messages, **more)
    with pytest.raises(Refused, match=text):
        _check(*messages, version=STRICTER, **more)
    _check(u(t("Hi"), DOCUMENT), version=STRICTER)
