"""What OpenAI refuses in a request that has the right shape.

Texts and codes as users report them: openai/codex issue 8145, can1357/oh-my-pi issue 290, continuedev/continue issues
8933 and 10092, router-for-me/CLIProxyAPI issue 2368, Wei-Shaw/sub2api issues 2863 and 3981 (2025-11 to 2026-07).
"""

from collections.abc import Callable, Iterator
from typing import Final

from waystation.demo.refusals import NO_MODEL, Refusal, Refused, missing
from waystation.demo.responses.ask import ResponsesAsk, ToolChoice
from waystation.demo.responses.items import (
    CallOutput,
    CustomToolCall,
    FunctionCall,
    MessageItem,
    Read,
    ReasoningItem,
)
from waystation.demo.seals import fits, is_own, sealed

_KIND: Final = "responses"
NAMED: Final = frozenset({"function", "custom"})  # tools that have a name
_LEAST_OUTPUT: Final = 16
_INCLUDABLE: Final = frozenset(
    {
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    }
)


def seal(item_id: str) -> str:
    """What is sealed of a thought belongs to its item."""
    return sealed(_KIND, item_id)


def check_options(ask: ResponsesAsk) -> None:
    """Raises Refused."""
    for refusal in _options(ask):
        raise Refused(refusal)


def check_items(items: list[Read | None], is_stored: Callable[[str], bool]) -> None:
    """`is_stored` by the id of an item that the double may remember. Raises Refused."""
    for refusal in (*_calls(items), *_thoughts(items, is_stored)):
        raise Refused(refusal)


def _options(ask: ResponsesAsk) -> Iterator[Refusal]:
    if not ask.model:
        yield NO_MODEL
    if ask.input is None and ask.prompt is None and ask.previous_response_id is None:
        yield missing("input")
    if ask.max_output_tokens is not None and ask.max_output_tokens < _LEAST_OUTPUT:
        text = (
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got "
            f"{ask.max_output_tokens} instead."
        )
        yield Refusal(400, text, param="max_output_tokens", code="integer_below_min_value")
    if ask.stream_options is not None and not ask.stream:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        yield Refusal(400, text, param="stream_options")
    for number, name in enumerate(ask.include or ()):
        if name not in _INCLUDABLE:
            yield Refusal(400, f"Invalid value: '{name}'.", param=f"include[{number}]", code="invalid_value")
    yield from _tools(ask)


def _tools(ask: ResponsesAsk) -> Iterator[Refusal]:
    for number, tool in enumerate(ask.tools or ()):
        if tool.type in NAMED and not tool.name:
            yield missing(f"tools[{number}].name")
        if tool.type == "function" and tool.strict and not _is_strict(tool.parameters or {}):
            text = (
                f"Invalid schema for function '{tool.name}': In context=(), 'additionalProperties' is required to be "
                "supplied and to be false, and 'required' to name every property."
            )
            yield Refusal(400, text, param=f"tools[{number}].parameters", code="invalid_function_parameters")
    choice = ask.tool_choice
    if isinstance(choice, ToolChoice):
        if choice.type in NAMED and choice.name not in {
            tool.name for tool in ask.tools or () if tool.type == choice.type
        }:
            yield Refusal(400, f"Tool choice '{choice.name}' not found in 'tools' parameter.", param="tool_choice")
    elif choice not in {None, "none", "auto", "required"}:
        yield Refusal(400, f"Invalid value: '{choice}'.", param="tool_choice", code="invalid_value")


def _is_strict(schema: dict[str, object]) -> bool:
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    return schema.get("additionalProperties") is False and sorted(properties) == sorted(map(str, required))


def _calls(items: list[Read | None]) -> Iterator[Refusal]:
    """Every output has its call before it, and every call its output after it."""
    called: set[str] = set()
    answered = {item.call_id for item in items if isinstance(item, CallOutput)}
    for item in items:
        if isinstance(item, FunctionCall | CustomToolCall):
            called.add(item.call_id)
            if item.call_id not in answered:
                yield Refusal(400, f"No tool output found for function call {item.call_id}.", param="input")
        elif isinstance(item, CallOutput) and item.call_id not in called:
            text = f"No tool call found for function call output with call_id {item.call_id}."
            yield Refusal(400, text, param="input")


def _thoughts(items: list[Read | None], is_stored: Callable[[str], bool]) -> Iterator[Refusal]:
    for number, item in enumerate(items):
        if not isinstance(item, ReasoningItem):
            continue
        if item.encrypted_content is not None:
            yield from _seal(item)
        elif not is_stored(item.id):
            text = (
                f"Item with id '{item.id}' not found. Items are not persisted when `store` is set to false. Try again "
                "with `store` set to true, or remove this item from your input."
            )
            yield Refusal(404, text, param="input")
        if not _is_followed(items, number) and not is_stored(item.id):
            text = f"Item '{item.id}' of type 'reasoning' was provided without its required following item."
            yield Refusal(400, text, param="input")


def _seal(item: ReasoningItem) -> Iterator[Refusal]:
    given = item.encrypted_content or ""
    shown = f"The encrypted content for item {item.id} could not be verified."
    if not is_own(_KIND, given):
        reason = "Encrypted content could not be decrypted or parsed."
        yield Refusal(400, f"{shown} Reason: {reason}", code="invalid_encrypted_content")
    elif not fits(_KIND, given, item.id):
        reason = "Encrypted content item_id did not match the target item id."
        yield Refusal(400, f"{shown} Reason: {reason}", code="invalid_encrypted_content")


def _is_followed(items: list[Read | None], number: int) -> bool:
    """What follows a thought is a thought, a call, or what the assistant said; None is a call to OpenAI's own tools."""
    if number + 1 == len(items):
        return False
    after = items[number + 1]
    return not isinstance(after, CallOutput) and (not isinstance(after, MessageItem) or after.role == "assistant")
