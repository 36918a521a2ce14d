"""A vendor's plain answer of completions, into words."""

from waystation.dialects.openai_chat.answer import NULL, decode_answer, hear_usage
from waystation.dialects.openai_chat.finishes import reason_of
from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.openai_chat.reply_in import beside_usage, text_or_none, whole_or_none
from waystation.dialects.table import Table
from waystation.wire.chat import ChatReply, Choice, TextPart
from waystation.wire.errors import BadAnswer


def decode_reply(body: bytes) -> ChatReply:
    """Raises: BadAnswer, VendorFailure."""
    decode_answer(body)
    answer = Table(body.strip().removeprefix(b"\xef\xbb\xbf"), answer=True)
    rows = answer.tables("choices")
    if not rows:
        raise BadAnswer("an answer without choices")
    answer.raw("object")
    answer.raw("error")
    usage = answer.raw("usage") or NULL
    return ChatReply(
        dialect="openai.completions",
        id=text_or_none(answer, "id"),
        model=text_or_none(answer, "model"),
        created=whole_or_none(answer, "created"),
        choices=tuple(_choice(row, at, len(rows)) for at, row in enumerate(rows)),
        heard=hear_usage(usage),
        service_tier=text_or_none(answer, "service_tier"),
        extras=left_in(answer, usage=beside_usage(usage)),
    )


def _choice(row: Table, at: int, count: int) -> Choice:
    index = whole_or_none(row, "index")
    text = row.need("text", row.text("text"))
    return Choice(
        index=index if index is not None and index < count else at,
        parts=(TextPart(text=text),) if text else (),
        finish_reason=reason_of(text_or_none(row, "finish_reason"), calls=False),
        extras=left_in(row),
    )
