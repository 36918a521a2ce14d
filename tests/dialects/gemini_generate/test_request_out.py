"""A conversation's request, as it is written."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Place, Target
from waystation.dialects.gemini_generate.request_in import decode_request
from waystation.dialects.gemini_generate.request_out import encode_request
from waystation.wire.chat import (
    ChatRequest,
    FunctionTool,
    Message,
    Reasoning,
    ResponseFormat,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

USER = Message(role="user", parts=(TextPart(text="hi"),))
HI = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
SCHEMA = msgspec.Raw(b'{"type":"object"}')
HERE = Place(model="m")


def encoded(
    model: str = "gemini-3-pro", source: Dialect = "openai.chat", **request: Any
) -> tuple[Any, list[tuple[str, bool]]]:
    given = ChatRequest(dialect=source, model="m", **({"messages": (USER,)} | request))
    got = encode_request(given, Target(model=model))
    return json.loads(got.body), [(loss.field, loss.grave) for loss in got.losses]


def config(**request: Any) -> tuple[Any, list[tuple[str, bool]]]:
    body, lost = encoded(**request)
    return body.get("generationConfig"), lost


def again(body: object) -> Any:
    request = decode_request(json.dumps(body).encode(), HERE)
    got = encode_request(request, Target(model="gemini-2.5-pro"))
    assert got.losses == ()
    return json.loads(got.body)


def test_the_least_of_a_request() -> None:
    assert encoded() == (HI, [])


def test_settings_are_written() -> None:
    got, lost = config(
        max_output_tokens=5,
        temperature=0.5,
        top_p=0.9,
        top_k=4,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=3,
        stop=("a",),
        logprobs=True,
        top_logprobs=50,
        choices=2,
        reasoning=Reasoning(effort="low"),
    )
    assert lost == []
    assert got == {
        "maxOutputTokens": 5,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 4,
        "candidateCount": 2,
        "stopSequences": ["a"],
        "seed": 3,
        "presencePenalty": 0.2,
        "frequencyPenalty": 0.1,
        "responseLogprobs": True,
        "logprobs": 20,
        "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True},
    }


@pytest.mark.parametrize(
    ("request_", "expected", "lost"),
    [
        ({"choices": 9}, {"candidateCount": 8}, [("n", True)]),
        ({"stop": tuple("abcdef")}, {"stopSequences": list("abcde")}, [("stop", True)]),
        ({"seed": 2**40}, None, [("seed", False)]),
        ({"logprobs": True, "top_logprobs": 0}, {"responseLogprobs": True}, []),
        ({"logprobs": False, "top_logprobs": 3}, {"responseLogprobs": False}, []),
        ({"response_format": ResponseFormat(kind="text")}, None, []),
        ({"response_format": ResponseFormat(kind="json_object")}, {"responseMimeType": "application/json"}, []),
        (
            {"response_format": ResponseFormat(kind="json_schema", name="n", description="d", schema=SCHEMA)},
            {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
            [("response_format.description", False)],
        ),
        ({"user": "u"}, None, [("user", False)]),
        ({"metadata": {}}, None, [("metadata", False)]),
        ({"verbosity": "low"}, None, [("verbosity", False)]),
        ({"cache_key": "k"}, None, [("prompt_cache_key", False)]),
        ({"store": True}, None, [("store", False)]),
        ({"store": False}, None, []),
        ({"previous_response_id": "r"}, None, [("previous_response_id", True)]),
        ({"extras": {"logit_bias": SCHEMA}}, None, [("logit_bias", False)]),
    ],
)
def test_what_gemini_can_not_be_told_is_lost(request_: dict[str, Any], expected: object, lost: object) -> None:
    assert config(**request_) == (expected, lost)


@pytest.mark.parametrize(
    ("source", "tier", "expected", "lost"),
    [
        ("openai.chat", "default", "standard", []),
        ("openai.chat", "flex", "flex", []),
        ("openai.chat", "priority", "priority", []),
        ("openai.chat", "auto", None, []),
        ("openai.chat", "scale", None, [("service_tier", False)]),
        ("anthropic.messages", "standard_only", None, [("service_tier", False)]),
        ("gemini.generate", "auto", "auto", []),
    ],
)
def test_tiers_have_other_names(source: Dialect, tier: str, expected: str | None, lost: object) -> None:
    body, losses = encoded(source=source, service_tier=tier)
    assert (body.get("serviceTier"), losses) == (expected, lost)


@pytest.mark.parametrize(("model", "kept"), [("gemini-3-pro", True), ("gemini-2.5-pro", False)])
def test_a_format_beside_functions_is_for_newer_models(model: str, kept: bool) -> None:
    form, tools = ResponseFormat(kind="json_object"), (FunctionTool(name="f"),)
    body, lost = encoded(model, response_format=form, tools=tools)
    assert ("generationConfig" in body) is kept
    assert lost == [] if kept else [("response_format", True)]


def test_a_results_function_is_looked_up() -> None:
    call = Message(role="assistant", parts=(ToolCallPart(id="c", name="f", arguments="{}"),))
    result = Message(role="tool", parts=(ToolResultPart(call_id="c", parts=(TextPart(text="a"),)),))
    body, lost = encoded(messages=(USER, call, result))
    assert body["contents"][2]["parts"][0]["functionResponse"]["name"] == "f"
    assert lost == []


def test_the_instruction_is_written() -> None:
    system = Message(role="system", parts=(TextPart(text="s"),))
    assert encoded(messages=(system, USER))[0] == {"systemInstruction": {"parts": [{"text": "s"}]}} | HI


def test_geminis_own_request_comes_back_as_it_was() -> None:
    body = {
        "systemInstruction": {"parts": [{"text": "s"}], "x": 1},
        "contents": [
            {
                "role": "user",
                "parts": [{"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": "AA==", "x": 1}}],
            },
            {"role": "user", "parts": [{"fileData": {"fileUri": "files/a", "mimeType": "audio/wav"}}]},
            {
                "role": "model",
                "parts": [
                    {"text": "t", "thought": True, "thoughtSignature": "cw=="},
                    {"functionCall": {"name": "f", "args": {"a": [1]}}},
                    {"functionCall": {"id": "c", "name": "f", "args": {}}, "thoughtSignature": "cw=="},
                    {"executableCode": {"code": "1"}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "f", "response": {"output": "a", "z": 1}}},
                    {"functionResponse": {"id": "c", "name": "f", "response": {}, "willContinue": True}},
                    {"text": "go"},
                ],
                "x": 1,
            },
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED", "x": 1}, "retrievalConfig": {}},
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseSchema": {"type": "STRING"},
            "thinkingConfig": {"thinkingBudget": -1},
            "stopSequences": list("abcdefg"),
            "seed": -1,
            "logprobs": 30,
            "imageConfig": {},
        },
        "serviceTier": "standard",
        "safetySettings": [{"category": "c"}],
        "store": False,
    }
    assert again(body) == body


JSON = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=2),
    max_leaves=4,
)
UNKNOWN = st.dictionaries(st.text("abcde_QR", min_size=1, max_size=6).map("x".__add__), JSON, max_size=3)


@given(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
def test_unknown_members_come_back(top: Any, content: Any, part: Any, tool: Any, config: Any) -> None:
    body = {
        "contents": [
            {
                "role": "user",
                "parts": [{"text": "a", **part}, {"inlineData": {"mimeType": "a/b", "data": "", **part}}],
                **content,
            }
        ],
        "tools": [{"functionDeclarations": [{"name": "f", **tool}]}, *({name: value} for name, value in tool.items())],
        "generationConfig": {"topK": 3, **config},
        **top,
    }
    assert again(body) == body
