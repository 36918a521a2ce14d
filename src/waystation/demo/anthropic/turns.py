"""What was asked of Anthropic, in the words of chat."""

import msgspec

from waystation.demo.anthropic.ask import (
    Block,
    MessagesAsk,
    RedactedThinking,
    ServerToolUse,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    WebSearchResult,
)
from waystation.demo.anthropic.ask import Message as Asked
from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk, Message, Part

_UNSAID = ServerToolUse | Thinking | RedactedThinking | WebSearchResult


def chat_of(ask: MessagesAsk) -> ChatAsk:
    messages = [*_system(ask), *(said for message in ask.messages for said in _messages(message))]
    return ChatAsk(
        model=ask.model,
        messages=messages,
        stream=ask.stream,
        max_tokens=ask.max_tokens,
        tools=[_tool(tool.name, tool.input_schema) for tool in ask.tools or () if tool.input_schema is not None],
        tool_choice=_choice(ask),
    )


def _system(ask: MessagesAsk) -> list[Message]:
    if not ask.system:
        return []
    if isinstance(ask.system, str):
        return [Message("system", ask.system)]
    return [Message("system", [Part("text", block.text) for block in ask.system])]


def _messages(asked: Asked) -> list[Message]:
    """A result is a message of its own, before what else the user says."""
    if isinstance(asked.content, str):
        return [Message(asked.role, asked.content)]
    results = [Message("tool", _result(block)) for block in asked.content if isinstance(block, ToolResult)]
    parts = [_part(block) for block in asked.content if not isinstance(block, ToolResult | ToolUse | _UNSAID)]
    calls = [_tool(block.name, None, block.input) for block in asked.content if isinstance(block, ToolUse)]
    if not parts and not calls:
        return results
    return [*results, Message(asked.role, parts, calls or None)]


def _result(block: ToolResult) -> str | list[Part]:
    if block.content is None or isinstance(block.content, str):
        return block.content or ""
    return [_part(part) for part in block.content]


def _part(block: Block) -> Part:
    return Part("text", block.text) if isinstance(block, Text) else Part("file")


def _tool(name: str, schema: dict[str, object] | None, given: dict[str, object] | None = None) -> AskedTool:
    said = "" if given is None else msgspec.json.encode(given).decode()
    return AskedTool(function=AskedFunction(name, schema, said))


def _choice(ask: MessagesAsk) -> str | AskedTool | None:
    choice = ask.tool_choice
    if choice is None:
        return None
    if choice.type == "tool" and choice.name is not None:
        return _tool(choice.name, None)
    return "none" if choice.type == "none" else None
