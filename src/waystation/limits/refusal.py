"""The words for a call that a limit has not let in."""

from typing import Final

from waystation.wire.errors import RateLimited
from waystation.wire.limit import Limit, Limited

_ASK: Final = "Ask whoever runs this gateway"


def refusal(limited: Limited, tokens: int) -> RateLimited:
    """The error that tells the caller whose limit it is, what is left of it, and when to try again.

    `tokens`: how many were to be reserved.
    """
    words = f"{_owner(limited)} {_reason(limited, tokens)} {_advice(limited)}"
    return RateLimited(
        words,
        kind="tokens" if limited.kind == "tokens" else "requests",
        retry_after_s=limited.retry_after_s,
    )


def _owner(limited: Limited) -> str:
    model = limited.bound.limit.model
    return f"The limit of {limited.bound.owner}{'' if model is None else f' for model {model!r}'}"


def _reason(limited: Limited, tokens: int) -> str:
    limit = limited.bound.limit
    match limited.kind:
        case "requests":
            return f"is reached: {_count(limit.rpm, 'request')} a minute."
        case "tokens" if limited.retry_after_s is None:
            return f"is too small for this call: {limit.tpm} tokens a minute, this call may take up to {tokens}."
        case "tokens":
            return f"is reached: {limited.left} left of {limit.tpm} tokens a minute, this call may take up to {tokens}."
        case "concurrency":
            return f"is reached: {_count(limit.concurrency, 'call')} at once{_queue(limit, waited=limited.waited)}."


def _queue(limit: Limit, *, waited: bool) -> str:
    if waited:
        return f", and none was over within {_count(limit.queue_s, 'second')}"
    return f", and {limit.queue} more wait already" if limit.queue else ""


def _advice(limited: Limited) -> str:
    if limited.retry_after_s is None:
        return f"Ask for less, as with max_tokens. {_ASK} to raise it."
    if limited.kind == "concurrency":
        return "Please try again when one of them is over."
    return f"Please try again in {_count(limited.retry_after_s, 'second')}."


def _count(count: int | None, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
