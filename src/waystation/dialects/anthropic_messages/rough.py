"""How many tokens a request may be, before its vendor has counted them.

Claude Code shows the input that `message_start` tells and no other, so it is never 0.
"""

from collections.abc import Iterator

from waystation.dialects.weighing import weight_of
from waystation.wire.chat import (
    AudioPart,
    ChatRequest,
    FilePart,
    ForeignTool,
    FunctionTool,
    ImagePart,
    Part,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.estimate import tokens_of


def rough_input(request: ChatRequest) -> int:
    chars, size, media = 0, 0, 0
    for part in _parts(request):
        if isinstance(part, ImagePart | FilePart | AudioPart):
            media += 1
        else:
            text = _text_of(part)
            chars += len(text)
            size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    for tool in request.tools:
        length = len(_schema_of(tool)) if isinstance(tool, ForeignTool | FunctionTool) else 0
        chars, size = chars + length, size + length
    return max(1, tokens_of(weight_of(size, chars, media)))


def _parts(request: ChatRequest) -> Iterator[Part]:
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ToolResultPart):
                yield from part.parts
            else:
                yield part


def _text_of(part: Part) -> str:
    match part:
        case TextPart() | RefusalPart():
            return part.text
        case ToolCallPart():
            return part.name + part.arguments
        case _:  # the thoughts of former turns are not read again
            return ""


def _schema_of(tool: ForeignTool | FunctionTool) -> bytes:
    if isinstance(tool, ForeignTool):
        return bytes(tool.raw)
    return bytes(tool.parameters or b"") + (tool.description or "").encode("utf-8", "replace")
