"""What was asked of Gemini, in the words of chat."""

from typing import Final

import msgspec

from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk, Message
from waystation.demo.ask import Part as Said
from waystation.demo.gemini.ask import Content, FunctionDeclaration, FunctionResponse, GenerateAsk, Part

_RESULT_NAMES: Final = ("output", "result", "content", "error")


def chat_of(ask: GenerateAsk, model: str, *, stream: bool) -> ChatAsk:
    system = [] if ask.system_instruction is None else [Message("system", _parts(ask.system_instruction))]
    return ChatAsk(
        model=model,
        messages=[*system, *(said for content in ask.contents for said in _messages(content))],
        stream=stream,
        max_tokens=ask.generation_config.max_output_tokens,
        n=ask.generation_config.candidate_count,
        tools=[_tool(declared) for declared in ask.declared] or None,
        tool_choice=_choice(ask),
    )


def _messages(content: Content) -> list[Message]:
    """A result is a message of its own, before what else the user says."""
    results = [Message("tool", _result(response)) for response in content.responses]
    calls = [_called(part) for part in content.calls]
    parts = _parts(content)
    if not parts and not calls:
        return results
    return [*results, Message("assistant" if content.role == "model" else "user", parts, calls or None)]


def _parts(content: Content) -> list[Said]:
    """Thoughts cost nothing, as in chat."""
    told = [part for part in content.parts if part.is_media or (part.text and not part.thought)]
    return [Said("file") if part.is_media else Said("text", part.text or "") for part in told]


def _called(part: Part) -> AskedTool:
    assert part.function_call is not None
    args = msgspec.json.encode(part.function_call.args or {}).decode()
    return AskedTool(function=AskedFunction(part.function_call.name, None, args))


def _result(response: FunctionResponse) -> str:
    """The text in a member of a usual name, or the whole as JSON."""
    for name in _RESULT_NAMES:
        found = response.response.get(name)
        if isinstance(found, str):
            return found
    return msgspec.json.encode(response.response).decode()


def _tool(declared: FunctionDeclaration) -> AskedTool:
    schema = declared.parameters_json_schema
    if declared.parameters is not None:
        named = msgspec.to_builtins(declared.parameters)
        schema = _without_nulls(named)
    return AskedTool(function=AskedFunction(declared.name, schema))


def _without_nulls(schema: dict[str, object]) -> dict[str, object]:
    """What Google's form of a schema leaves unsaid; else the same tool would cost more than in chat."""
    return {name: _shorn(part) for name, part in schema.items() if part is not None}


def _shorn(part: object) -> object:
    if isinstance(part, list):
        return [_shorn(one) for one in part]
    return _without_nulls(part) if isinstance(part, dict) else part


def _choice(ask: GenerateAsk) -> str | AskedTool | None:
    config = None if ask.tool_config is None else ask.tool_config.function_calling_config
    if config is None or config.mode == "NONE":
        return None if config is None else "none"
    if config.mode == "ANY" and config.allowed_function_names:
        return AskedTool(function=AskedFunction(config.allowed_function_names[0]))
    return None
