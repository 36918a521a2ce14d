"""The items of a conversation: what each may say, and what it says in the words of chat."""

from typing import Final, Literal

import msgspec

from waystation.demo.ask import AskedFunction, AskedTool, Message, Part
from waystation.demo.reading import turned
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.responses.ask import Item

_Status = Literal["in_progress", "completed", "incomplete"] | None


class _Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    type: str = ""
    id: str | None = None
    status: _Status = None


class Content(msgspec.Struct, frozen=True):
    type: str
    text: str | None = None
    refusal: str | None = None


class MessageItem(_Known, frozen=True):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[Content]
    phase: str | None = None


class FunctionCall(_Known, frozen=True):
    call_id: str
    name: str
    arguments: str
    namespace: str | None = None
    caller: object = None


class CustomToolCall(_Known, frozen=True):
    call_id: str
    name: str
    input: str
    namespace: str | None = None
    caller: object = None


class CallOutput(_Known, frozen=True):
    """Of a function or of a custom tool."""

    call_id: str
    output: str | list[Content]
    caller: object = None


class ReasoningItem(_Known, frozen=True):
    id: str
    summary: list[Content]
    content: list[Content] | None = None
    encrypted_content: str | None = None


Read = MessageItem | FunctionCall | CustomToolCall | CallOutput | ReasoningItem

_KINDS: Final[dict[str, type[Read]]] = {
    "message": MessageItem,
    "function_call": FunctionCall,
    "custom_tool_call": CustomToolCall,
    "function_call_output": CallOutput,
    "custom_tool_call_output": CallOutput,
    "reasoning": ReasoningItem,
}
PREFIXES: Final = {"message": "msg", "function_call": "fc", "custom_tool_call": "ctc", "reasoning": "rs"}
# What OpenAI's own tools leave in a history is taken as it is.
_FOREIGN: Final = frozenset(
    {
        "web_search_call",
        "file_search_call",
        "computer_call",
        "computer_call_output",
        "code_interpreter_call",
        "image_generation_call",
        "local_shell_call",
        "local_shell_call_output",
        "shell_call",
        "shell_call_output",
        "apply_patch_call",
        "apply_patch_call_output",
        "mcp_list_tools",
        "mcp_approval_request",
        "mcp_approval_response",
        "mcp_call",
        "compaction",
    }
)
_SPOKEN: Final = frozenset({"output_text", "refusal"})
_MAX_CALL_ID: Final = 64


def kind_of(item: Item) -> str:
    """A message may leave its type unsaid."""
    return str(item.get("type") or ("message" if "role" in item else ""))


def read_item(item: Item, number: int) -> Read | None:
    """None for what OpenAI's own tools said. Raises Refused."""
    kind, place = kind_of(item), f"input[{number}]"
    if kind in _FOREIGN:
        return None
    if kind not in _KINDS:
        raise Refused(Refusal(400, f"Invalid value: '{kind}'.", param=f"{place}.type", code="invalid_value"))
    known: Read = turned(item, _KINDS[kind], place)
    prefix = PREFIXES.get(kind)
    if known.id and prefix is not None and not known.id.startswith(prefix) and not _is_easy(item):
        text = f"Invalid '{place}.id': '{known.id}'. Expected an ID that begins with '{prefix}'."
        raise Refused(Refusal(400, text, param=f"{place}.id", code="invalid_value"))
    if isinstance(known, MessageItem):
        _check_content(known, place)
    elif not isinstance(known, ReasoningItem) and len(known.call_id) > _MAX_CALL_ID:
        text = f"Invalid '{place}.call_id': string too long. Expected a string with maximum length 64."
        raise Refused(Refusal(400, text, param=f"{place}.call_id", code="string_above_max_length"))
    return known


def _is_easy(item: Item) -> bool:
    return "type" not in item


def _check_content(message: MessageItem, place: str) -> None:
    """What an assistant says is output, what anyone else says is input."""
    if isinstance(message.content, str):
        return
    for number, content in enumerate(message.content):
        if (content.type in _SPOKEN) != (message.role == "assistant"):
            wanted = "'output_text' and 'refusal'" if message.role == "assistant" else "'input_text' and others"
            text = f"Invalid value: '{content.type}'. Supported values are: {wanted}."
            raise Refused(Refusal(400, text, param=f"{place}.content[{number}]", code="invalid_value"))


def message_of(item: Read | None) -> Message | None:
    match item:
        case MessageItem():
            role = "system" if item.role == "developer" else item.role
            return Message(role, _said(item.content))
        case CallOutput():
            return Message("tool", _said(item.output))
        case FunctionCall():
            return Message("assistant", None, [AskedTool(function=AskedFunction(item.name, None, item.arguments))])
        case CustomToolCall():
            called = AskedTool("custom", AskedFunction(item.name, None, item.input))
            return Message("assistant", None, [called])
        case _:
            return None


def _said(content: str | list[Content]) -> str | list[Part]:
    if isinstance(content, str):
        return content
    texts = ((one, one.text if one.text is not None else one.refusal) for one in content)
    return [Part("file") if text is None else Part("text", text) for _, text in texts]
