"""A vendor's plain answer, into words."""

from typing import Final

from waystation.dialects.anthropic_messages.blocks_in import content_of
from waystation.dialects.anthropic_messages.failures import failure_of
from waystation.dialects.anthropic_messages.finishes import reason_of
from waystation.dialects.anthropic_messages.nested import left_in
from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.anthropic_messages.usage import Meter
from waystation.dialects.table import Table
from waystation.wire.chat import ChatReply, Choice, Extras, Part, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer

_BOM: Final = b"\xef\xbb\xbf"
_OUR_COUNTS: Final = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def decode_reply(body: bytes, call_id: str) -> ChatReply:
    """Ids of calls that have none are made from `call_id`. Raises: BadAnswer, VendorFailure."""
    answer = Table(body.strip().removeprefix(_BOM), answer=True)
    if "error" in answer or _word(answer, "type") == "error":
        raise failure_of(body)
    if answer.opens("content") not in ("[", '"'):
        raise BadAnswer("an answer without content")
    answer.raw("role")
    parts = tuple(part for part in content_of(answer, "content", answer=True, made=call_id) if not _is_nothing(part))
    usage = answer.raw("usage")
    word, stop_sequence = _word(answer, "stop_reason"), _word(answer, "stop_sequence")
    choice = Choice(
        parts=parts,
        finish_reason=reason_of(word, calls=any(isinstance(part, ToolCallPart) for part in parts)),
        stop_sequence=stop_sequence,
    )
    return ChatReply(
        dialect=NATIVE,
        id=_word(answer, "id"),
        model=_word(answer, "model"),
        choices=(choice,),
        heard=None if usage is None else Meter().hear(usage),
        extras=left_in(answer, usage=None if usage is None else _beside_usage(bytes(usage))),
    )


def _is_nothing(part: Part) -> bool:
    """A text block without text is none in a stream, so it is none here."""
    return isinstance(part, TextPart) and not part.text and not part.annotations


def _word(answer: Table, name: str) -> str | None:
    """One of another type is left among the unknown members."""
    return answer.text(name) if answer.opens(name) == '"' else None


def _beside_usage(usage: bytes) -> Extras | None:
    """What else a vendor says beside its counts, such as `server_tool_use`."""
    if not usage.startswith(b"{"):
        return None
    table = Table(usage, "usage", answer=True)
    for name in (*_OUR_COUNTS, "cache_creation", "output_tokens_details"):
        table.raw(name)
    return table.left()
