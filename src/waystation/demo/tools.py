"""Which tool an answer calls, and arguments that fit the tool's JSON schema."""

from typing import Final

import msgspec

from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk

_MAX_DEPTH: Final = 8  # a schema can refer to itself by nesting only so far
_MAX_PROPERTIES: Final = 64
_SAMPLES: Final[dict[str, object]] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def chosen_tool(ask: ChatAsk) -> AskedFunction | None:
    """The forced tool, or the first on offer if the user spoke last; None if the answer is to be text."""
    functions = [tool.function for tool in ask.tools or () if tool.function is not None]
    if not functions or ask.tool_choice == "none" or not ask.messages or ask.messages[-1].role != "user":
        return None
    if isinstance(ask.tool_choice, AskedTool) and ask.tool_choice.function is not None:
        forced = ask.tool_choice.function.name
        return next((function for function in functions if function.name == forced), functions[0])
    return functions[0]


def is_named(ask: ChatAsk) -> bool:
    """A forced tool's answer ends with `stop`, any other tool call with `tool_calls`.

    Source: the table measured against OpenAI in vllm-project/vllm pull request 25054 (2025-09).
    """
    return isinstance(ask.tool_choice, AskedTool) and ask.tool_choice.function is not None


def is_free(ask: ChatAsk, function: AskedFunction) -> bool:
    """A custom tool takes text instead of JSON."""
    return any(tool.function is function and tool.type == "custom" for tool in ask.tools or ())


def arguments(function: AskedFunction, said: str) -> str:
    """JSON that fits the function's parameters; strings are what was said."""
    return msgspec.json.encode(_object(function.parameters or {}, said, 0)).decode()


def _value(schema: object, said: str, depth: int) -> object:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return said
    if "const" in schema:
        return schema["const"]
    for choices in (schema.get("enum"), schema.get("examples")):
        if isinstance(choices, list) and choices:
            return choices[0]
    for branches in (schema.get("anyOf"), schema.get("oneOf")):
        if isinstance(branches, list) and branches:
            return _value(branches[0], said, depth + 1)
    return _typed(schema, said, depth)


def _typed(schema: dict[str, object], said: str, depth: int) -> object:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    kind = kind.lower() if isinstance(kind, str) else kind  # Gemini shouts
    if kind == "object" or "properties" in schema:
        return _object(schema, said, depth)
    if kind == "array":
        return [_value(schema["items"], said, depth + 1)] if "items" in schema else []
    if kind in {"integer", "number"}:
        least = schema.get("minimum")
        return least if isinstance(least, int | float) else _SAMPLES[str(kind)]
    return _SAMPLES.get(str(kind), said)


def _object(schema: dict[str, object], said: str, depth: int) -> dict[str, object]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    named = list(properties.items())[:_MAX_PROPERTIES]
    return {str(name): _value(part, said, depth + 1) for name, part in named}
