"""Probabilities of tokens: chat's list of objects, told in the columns of completions."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE


class _Token(msgspec.Struct):
    token: str
    logprob: float


class _Chosen(msgspec.Struct):
    token: str
    logprob: float
    top_logprobs: list[_Token] = []


_CHOSEN: Final = msgspec.json.Decoder(list[_Chosen])


def columns_of(raw: msgspec.Raw, offset: int) -> dict[str, object] | None:
    """`offset` is the number of characters before the first token; None if the list can't be read."""
    try:
        chosen = _CHOSEN.decode(raw)
    except UNREADABLE:
        return None
    offsets = []
    for one in chosen:
        offsets.append(offset)
        offset += len(one.token)
    return {
        "tokens": [one.token for one in chosen],
        "token_logprobs": [one.logprob for one in chosen],
        "top_logprobs": [{top.token: top.logprob for top in one.top_logprobs} for one in chosen],
        "text_offset": offsets,
    }
