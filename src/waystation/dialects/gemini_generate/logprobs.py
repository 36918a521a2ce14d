"""How likely each token was: Gemini's logprobsResult, and OpenAI chat's list of token objects, which is the hub's."""

from typing import Final

import msgspec

from waystation.dialects.table import said

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Token(msgspec.Struct, rename="camel"):
    token: str = ""
    log_probability: float = 0.0


class _Top(msgspec.Struct):
    candidates: list[_Token] = []


class _Result(msgspec.Struct, rename="camel"):
    chosen_candidates: list[_Token] = []
    top_candidates: list[_Top] = []


class _Word(msgspec.Struct):
    token: str
    logprob: float
    top_logprobs: list["_Word"] = []


_RESULT: Final = msgspec.json.Decoder(_Result)
_WORDS: Final = msgspec.json.Decoder(list[_Word])


def tokens_of(raw: msgspec.Raw) -> msgspec.Raw | None:
    """None if there are none, or none that can be read."""
    try:
        result = _RESULT.decode(raw)
    except _UNREADABLE:
        return None
    tokens: list[object] = []
    for at, chosen in enumerate(result.chosen_candidates):
        top = result.top_candidates[at].candidates if at < len(result.top_candidates) else []
        tokens.append(_word(chosen) | {"top_logprobs": [_word(one) for one in top]})
    return msgspec.Raw(msgspec.json.encode(tokens)) if tokens else None


def result_of(raw: msgspec.Raw | None) -> dict[str, object] | None:
    """The same as Gemini writes it."""
    if raw is None:
        return None
    try:
        words = _WORDS.decode(raw)
    except _UNREADABLE:
        return None
    tops = [{"candidates": [_token(one) for one in word.top_logprobs]} for word in words]
    some = tops if any(word.top_logprobs for word in words) else None
    return said({"chosenCandidates": [_token(word) for word in words], "topCandidates": some})


def _word(token: _Token) -> dict[str, object]:
    return {"token": token.token, "logprob": token.log_probability, "bytes": list(token.token.encode())}


def _token(word: _Word) -> dict[str, object]:
    return {"token": word.token, "logProbability": word.logprob}
