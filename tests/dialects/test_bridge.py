import json

import pytest

from waystation.dialects import codecs
from waystation.dialects.bridge import ChatBridge, EmbeddingBridge, Tap, chat_bridge
from waystation.dialects.codec import Asked, Target
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.estimate import Weight

CODECS = codecs()
PATCH = {"type": "custom", "name": "apply_patch", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}}
CODEX = {"model": "m", "input": "Hi", "tools": [PATCH]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2}


def codex_to(dialect: Dialect, *traits: Trait, stream: bool = False) -> ChatBridge:
    here, vendor = CODECS["openai.responses"].chat, CODECS[dialect]
    assert here is not None
    assert vendor.chat is not None
    request = here.decode_request(json.dumps({**CODEX, "stream": stream}).encode())
    target = Target(model="v", stream=stream, traits=frozenset(traits))
    return chat_bridge(here, vendor, vendor.chat, Asked(request=request, call_id="call_1", at=1), target)


def test_a_tap_changes_nothing() -> None:
    codec = CODECS["openai.chat"]
    ask = codec.decode(b'{"model":"m","messages":[{}]}')
    bridge = Tap(codec, ask, b"{}")
    answer = json.dumps({"model": "v", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}).encode()
    body, facts = bridge.reply(answer)
    assert body is answer
    assert (facts.response_model, facts.weight) == ("v", Weight(2))
    assert bridge.reader().started is False
    assert bridge.losses == ()


@pytest.mark.parametrize(
    ("dialect", "traits", "wrapped"),
    [
        ("openai.chat", (), {"apply_patch"}),
        ("openai.chat", ("custom_tools",), set()),
        ("anthropic.messages", ("custom_tools",), {"apply_patch"}),
        ("gemini.generate", (), {"apply_patch"}),
    ],
)
def test_custom_tools_are_wrapped_for_vendors_that_know_functions_only(
    dialect: Dialect, traits: tuple[Trait, ...], wrapped: set[str]
) -> None:
    bridge = codex_to(dialect, *traits)
    assert bridge.wrapped == wrapped
    assert any(loss.field == "tools[0].format" for loss in bridge.losses) == bool(wrapped)
    assert bridge.vendor is CODECS[dialect]


def call(arguments: str) -> dict[str, object]:
    return {"index": 0, "id": "c1", "type": "function", "function": {"name": "apply_patch", "arguments": arguments}}


def test_a_wrapped_call_comes_back_as_what_it_was() -> None:
    message = {"content": None, "tool_calls": [call('{"input":"*** Begin"}')]}
    answer = {"choices": [{"message": message, "finish_reason": "tool_calls"}], "usage": USAGE}
    body, facts = codex_to("openai.chat").reply(json.dumps(answer).encode())
    (item,) = json.loads(body)["output"]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", "*** Begin")
    assert facts.finish_reasons == ("tool_calls",)


def test_a_wrapped_call_comes_back_in_a_stream_too() -> None:
    reader = codex_to("openai.chat", stream=True).reader()
    chunks = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [call('{"input":')]}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '"abc"}'}}]}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": USAGE},
    ]
    sent = b"".join(reader.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n") for chunk in chunks)
    sent += reader.feed(b"data: [DONE]\n\n") + reader.close()
    assert b"custom_tool_call_input.delta" in sent
    assert b'"input":"abc"' in sent
    assert reader.usage is not None
    assert reader.usage.usage.output_tokens == 2


def test_embeddings_have_no_stream() -> None:
    here, there = CODECS["openai.embeddings"].embeddings, CODECS["cohere.embed"].embeddings
    assert here is not None
    assert there is not None
    request = here.decode_request(b'{"model":"m","input":"Hi"}')
    bridge = EmbeddingBridge(
        CODECS["cohere.embed"], here, there, request, there.encode_request(request, Target(model="v"))
    )
    assert json.loads(bridge.body)["texts"] == ["Hi"]
    assert bridge.losses == ()
    with pytest.raises(AssertionError):
        bridge.reader()
