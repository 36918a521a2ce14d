"""A first guess at the input: never nothing."""

import msgspec

from waystation.dialects.anthropic_messages.rough import rough_input
from waystation.wire.chat import (
    ChatRequest,
    CustomTool,
    ForeignTool,
    FunctionTool,
    ImagePart,
    Link,
    Message,
    RefusalPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)


def test_nothing_is_still_one() -> None:
    assert rough_input(ChatRequest(dialect="anthropic.messages", model="m", messages=())) == 1


def test_texts_calls_results_tools_and_media_count() -> None:
    parts = (
        TextPart(text="a" * 100),
        RefusalPart(text="b" * 100),
        ToolCallPart(id="i", name="c" * 10, arguments="d" * 90),
        ToolResultPart(call_id="i", parts=(TextPart(text="你" * 100), ImagePart(source=Link("https://x")))),
        ThinkingPart(text="e" * 1000),
    )
    tools = (
        FunctionTool(name="f", description="f" * 50, parameters=msgspec.Raw(b" " * 50)),
        FunctionTool(name="g"),
        ForeignTool(dialect="anthropic.messages", kind="x", raw=msgspec.Raw(b" " * 100)),
        CustomTool(name="h"),
    )
    request = ChatRequest(
        dialect="anthropic.messages", model="m", messages=(Message(role="user", parts=parts),), tools=tools
    )
    assert rough_input(request) == 5 * 25 + 67 + 1_000
