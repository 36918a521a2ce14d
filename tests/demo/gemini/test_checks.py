"""What Google refuses."""

from typing import Any

import msgspec
import pytest

from waystation.demo.gemini.ask import GenerateAsk
from waystation.demo.gemini.checks import call_seal, check, seals_calls, text_seal
from waystation.demo.refusals import Refused

CALL = {"functionCall": {"name": "f", "args": {"b": 1, "a": 2}}, "thoughtSignature": call_seal("f", {"a": 2, "b": 1})}
BARE = {"functionCall": CALL["functionCall"]}
RESPONSE = {"functionResponse": {"name": "f", "response": {"output": "done"}}}


def u(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def m(*parts: Any) -> dict[str, Any]:
    return {**u(*parts), "role": "model"}


def _check(*contents: dict[str, Any], model: str = "gemini-3-demo", **more: Any) -> None:
    check(msgspec.convert({"contents": list(contents), **more}, GenerateAsk), model)


@pytest.mark.parametrize(
    "contents",
    [
        [u("Hi")],
        [{"parts": [{"text": "Hi"}]}],
        [u("Hi"), m("So"), u("And?")],
        [u("Hi"), m(CALL), u(RESPONSE)],
        [u("Hi"), m("So", CALL, BARE), u(RESPONSE, RESPONSE)],
        [u("Hi"), m(CALL), {**u(RESPONSE), "role": "function"}, m(CALL), u(RESPONSE)],
        [u("Hi"), m(BARE), u(RESPONSE), m("So"), u("And?")],
        [u("Hi"), m({"text": "So", "thoughtSignature": text_seal("So")}), u("And?")],
        [u("Hi"), m({**CALL, "thoughtSignature": str(CALL["thoughtSignature"]).replace("+", "-")}), u(RESPONSE)],
        [u("Hi"), m({**CALL, "thoughtSignature": "skip_thought_signature_validator"}), u(RESPONSE)],
    ],
)
def test_a_conversation_that_is_well_formed_is_taken(contents: list[dict[str, Any]]) -> None:
    _check(*contents)


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        ([], "contents is not specified"),
        ([{"role": "assistant", "parts": [{"text": "Hi"}]}], "valid role"),
        ([u()], r"contents\[0\]\.parts"),
        ([u({})], r"parts\[0\]\.data: required oneof"),
        ([u({"text": "a", "inlineData": {}})], "required oneof"),
        ([u("Hi"), m(CALL, BARE), u(RESPONSE)], "number of function response parts"),
        ([u("Hi"), m(CALL), u("And?")], "number of function response parts"),
        ([u(RESPONSE)], "number of function response parts"),
        ([m(CALL), u(RESPONSE)], "immediately after a user turn"),
        ([u("Hi"), m("So"), m(CALL), u(RESPONSE)], "immediately after a user turn"),
        ([u("Hi"), m(BARE), u(RESPONSE)], "missing a thought_signature.*`default_api:f` , position 2"),
        ([u("Hi"), m(CALL), u(RESPONSE), m(BARE), u(RESPONSE)], "position 4"),
        ([u("Hi"), m({**CALL, "thoughtSignature": "x"}), u(RESPONSE)], "Corrupted thought signature"),
        ([u("Hi"), m({**CALL, "thoughtSignature": call_seal("g", {})}), u(RESPONSE)], "Corrupted"),
        ([u("Hi"), m({"text": "So", "thoughtSignature": "x"}), u("And?")], "Corrupted"),
    ],
)
def test_a_conversation_that_is_not_is_refused(contents: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(Refused, match=text) as refused:
        _check(*contents)
    assert refused.value.refusal.status == 400


def test_older_models_want_no_signature_back() -> None:
    _check(u("Hi"), m(BARE), u(RESPONSE), model="gemini-2.5-flash")
    assert [seals_calls(model) for model in ("gemini-3-x", "demo-reason", "gemini-2.5-flash")] == [True, True, False]


DECLARED = {"name": "f", "parameters": {"type": "OBJECT"}}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "LOW"}}}, "only one of"),
        ({"tools": [{"functionDeclarations": [DECLARED, DECLARED]}]}, "Duplicate function declaration found: f"),
        ({"tools": [{"functionDeclarations": [{**DECLARED, "parametersJsonSchema": {}}]}]}, "are both set"),
    ],
)
def test_options_that_do_not_go_together_are_refused(more: dict[str, Any], text: str) -> None:
    with pytest.raises(Refused, match=text):
        _check(u("Hi"), **more)
