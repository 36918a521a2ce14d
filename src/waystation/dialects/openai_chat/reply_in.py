"""A vendor's plain chat answer, into words."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import NULL, decode_answer, hear_usage
from waystation.dialects.openai_chat.assistant_in import assistant_parts
from waystation.dialects.openai_chat.finishes import reason_of
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.table import Table
from waystation.wire.chat import ChatReply, Choice, Extras, ToolCallPart
from waystation.wire.errors import BadAnswer

_DIGITS: Final = frozenset("0123456789")
_BOM: Final = b"\xef\xbb\xbf"


def decode_reply(body: bytes, call_id: str) -> ChatReply:
    """Raises: BadAnswer, VendorFailure."""
    decode_answer(body)
    answer = Table(body.strip().removeprefix(_BOM), answer=True)
    rows = answer.tables("choices")
    if not rows:
        raise BadAnswer("an answer without choices")
    answer.raw("object")
    answer.raw("error")
    usage = answer.raw("usage") or NULL
    heard, usage_left = hear_usage(usage), beside_usage(usage)
    choices = []
    for at, row in enumerate(rows):
        of_choice = row.raw("usage")  # Moonshot's older models put it here
        heard = heard or (None if of_choice is None else hear_usage(of_choice))
        choices.append(_choice(row, at, len(rows), call_id))
    tier = text_or_none(answer, "service_tier")
    return ChatReply(
        dialect="openai.chat",
        id=text_or_none(answer, "id"),
        model=text_or_none(answer, "model"),
        created=whole_or_none(answer, "created"),
        choices=tuple(choices),
        heard=None if heard is None else heard.served(tier),
        service_tier=tier,
        extras=left_in(answer, usage=usage_left),
    )


def _choice(row: Table, at: int, count: int, call_id: str) -> Choice:
    message = row.need("message", row.table("message"))
    message.raw("role")
    index = whole_or_none(row, "index")
    index = index if index is not None and index < count else at
    parts = assistant_parts(message, f"{call_id}_{index}", answer=True)
    logprobs = row.table("logprobs") if row.opens("logprobs") == "{" else None
    return Choice(
        index=index,
        parts=parts,
        finish_reason=reason_of(
            text_or_none(row, "finish_reason"), calls=any(isinstance(p, ToolCallPart) for p in parts)
        ),
        logprobs=None if logprobs is None else logprobs.raw("content"),
        extras=left_in(row, message=left_in(message), logprobs=logprobs),
    )


def beside_usage(usage: msgspec.Raw) -> Extras | None:
    """What else a vendor says beside its count, such as OpenRouter's `cost`."""
    if not bytes(usage).startswith(b"{"):
        return None
    table = Table(usage, "usage", answer=True)
    for name in ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_cache_hit_tokens"):
        table.raw(name)
    inner = {}
    for name, known in (
        ("prompt_tokens_details", ("cached_tokens", "cache_write_tokens")),
        ("completion_tokens_details", ("reasoning_tokens",)),
    ):
        details = table.table(name) if table.opens(name) == "{" else None
        if details is not None:
            for part in known:
                details.raw(part)
            inner[name] = details
    return left_in(table, **inner)


def text_or_none(table: Table, name: str) -> str | None:
    """One of another type is left among the unknown members."""
    return table.text(name) if table.opens(name) == '"' else None


def whole_or_none(table: Table, name: str) -> int | None:
    number = table.number(name) if table.opens(name) in _DIGITS else None
    return None if number is None else int(number)
