"""What was asked of Gemini, in the words of chat."""

from typing import Any

import msgspec
import pytest

from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk, Message, Part
from waystation.demo.gemini.ask import GenerateAsk
from waystation.demo.gemini.turns import chat_of
from waystation.demo.tools import arguments, chosen_tool


def _chat(*contents: dict[str, Any], **more: Any) -> ChatAsk:
    asked = {"contents": list(contents), **more}
    return chat_of(msgspec.convert(asked, GenerateAsk), "m", stream=True)


USER = {"role": "user", "parts": [{"text": "Hi"}]}


def test_texts_media_and_the_system_prompt() -> None:
    content = {"parts": [{"text": "Look"}, {"inlineData": {}}, {"text": "Hm", "thought": True}]}
    system = {"parts": [{"text": "Be kind."}]}
    ask = _chat(content, systemInstruction=system, generationConfig={"maxOutputTokens": 9, "candidateCount": 2})
    assert ask.messages == [
        Message("system", [Part("text", "Be kind.")]),
        Message("user", [Part("text", "Look"), Part("file")]),
    ]
    assert (ask.model, ask.stream, ask.limit, ask.n) == ("m", True, 9, 2)


def test_a_call_and_its_response() -> None:
    call = {"functionCall": {"name": "f", "args": {"x": "y z"}}}
    response = {"functionResponse": {"name": "f", "response": {"output": "done"}}}
    assert _chat({"role": "model", "parts": [call]}, {"role": "user", "parts": [response]}).messages == [
        Message("assistant", [], [AskedTool(function=AskedFunction("f", None, '{"x":"y z"}'))]),
        Message("tool", "done"),
    ]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"result": "a"}, "a"),
        ({"error": "b"}, "b"),
        ({"output": {"x": 1}}, '{"output":{"x":1}}'),
        ({"x": "y"}, '{"x":"y"}'),
    ],
)
def test_a_response_is_read_where_its_text_stands(response: dict[str, Any], expected: str) -> None:
    told = {"functionResponse": {"name": "f", "response": response}}
    assert _chat({"role": "user", "parts": [told]}).messages == [Message("tool", expected)]


def test_a_schema_of_googles_is_answered_too() -> None:
    schema = {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}, "l": {"type": "ARRAY", "anyOf": None}}}
    tools = [{"functionDeclarations": [{"name": "f", "parameters": schema}]}]
    function = chosen_tool(_chat(USER, tools=tools))
    assert function is not None
    assert arguments(function, "said") == '{"n":1,"l":[]}'
    assert function.parameters == {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}, "l": {"type": "ARRAY"}}}


def test_branches_of_a_schema_are_kept() -> None:
    schema = {"type": "OBJECT", "properties": {"n": {"anyOf": [{"type": "INTEGER"}, {"type": "NULL"}]}}}
    function = chosen_tool(_chat(USER, tools=[{"functionDeclarations": [{"name": "f", "parameters": schema}]}]))
    assert function is not None
    assert function.parameters == schema


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, "f"),
        ({"mode": "AUTO"}, "f"),
        ({"mode": "ANY"}, "f"),
        ({"mode": "ANY", "allowedFunctionNames": ["g"]}, "g"),
        ({"mode": "NONE"}, None),
    ],
)
def test_which_tool_is_called(config: object, expected: str | None) -> None:
    tools = [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}, {"googleSearch": {}}]
    called = chosen_tool(_chat(USER, tools=tools, toolConfig={"functionCallingConfig": config}))
    assert (called and called.name) == expected
