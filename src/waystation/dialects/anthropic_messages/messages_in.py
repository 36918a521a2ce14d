"""The system prompt and the messages of a request, into words."""

from itertools import groupby
from typing import Final

from waystation.dialects.anthropic_messages.blocks_in import content_of
from waystation.dialects.anthropic_messages.nested import left_in
from waystation.dialects.anthropic_messages.own import Rest
from waystation.dialects.table import Table
from waystation.wire.chat import Message, Part, Role, TextPart, ToolResultPart

# Claude Code's own note to Anthropic: its first block of the system prompt, different in every version and session.
_BILLING: Final = "x-anthropic-billing-header:"
_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}


def decode_messages(request: Table) -> tuple[Message, ...]:
    """Raises: BadRequest."""
    system = content_of(request, "system")
    if system and isinstance(system[0], TextPart) and system[0].text.startswith(_BILLING):
        system = system[1:]
    rows = request.tables("messages")
    if not rows:
        request.wrong("messages", "an array with at least one message")
    head = [Message(role="system", parts=system)] if system else []
    return (*head, *(message for row in rows for message in _messages(row)))


def _messages(row: Table) -> list[Message]:
    role = _ROLES.get(row.text("role") or "")
    if role is None:
        row.wrong("role", "user, assistant or system")
    if "content" not in row:
        row.wrong("content", "a string or an array of blocks")
    parts = content_of(row, "content")
    extras = left_in(row)
    if role != "user" or not parts:
        return [Message(role=role, parts=parts, extras=extras)]
    messages: list[Message] = []
    for is_result, run in groupby(parts, _is_result):
        of: Role = "tool" if is_result else "user"
        if messages:
            messages.append(Rest(role=of, parts=tuple(run)))
        else:
            messages.append(Message(role=of, parts=tuple(run), extras=extras))
    return messages


def _is_result(part: Part) -> bool:
    return isinstance(part, ToolResultPart)
