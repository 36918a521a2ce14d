"""All limits above a call, in the words of limits.lua, and its answers in ours."""

from math import ceil
from typing import Any, Final

import msgspec

from waystation.limits.chain import RETRY_MAX_S, SLOT_RETRY_S
from waystation.limits.gauge import TICK_MS
from waystation.wire.limit import Bound, Bounds, Limited, Rates

# The first word of an answer.
REFUSED, ADMITTED, QUEUED = range(3)

_NEVER_TICKS: Final = 1_200
_NONE: Final = -1


class Limits:
    """Packed once. `slotted` are those that count calls at once."""

    __slots__ = ("bounds", "metered", "packed", "slotted")

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.metered = bounds.metered
        self.packed = msgspec.Raw(msgspec.msgpack.encode([_packed(bound) for bound in bounds.each]))
        self.slotted = tuple(one.id for one in bounds.each if one.limit.concurrency is not None)

    def rates(self, words: list[int]) -> Rates:
        fewest, requests, requests_ticks, least, tokens, tokens_ticks = words
        each = self.bounds.each
        return Rates(
            None if fewest == _NONE else each[fewest].limit.rpm,
            requests,
            requests_ticks * TICK_MS,
            None if least == _NONE else each[least].limit.tpm,
            tokens,
            tokens_ticks * TICK_MS,
        )

    def refused(self, answer: list[Any], *, waited: bool) -> Limited:
        """`waited`: it was in a queue, for as long as one may."""
        _, rates, place, kind, left, ticks = answer
        retry_after_s: int | None = min(ceil(ticks * TICK_MS / 1000), RETRY_MAX_S)
        if kind == "concurrency":
            retry_after_s = SLOT_RETRY_S
        elif ticks == _NEVER_TICKS:
            retry_after_s = None
        bound = self.bounds.each[place]
        return Limited(bound, kind, left, retry_after_s, self.rates(rates), waited and kind == "concurrency")

    def slots(self, id_: str) -> int:
        """How many calls at once one of them allows."""
        return next(one.limit.concurrency or 0 for one in self.bounds.each if one.id == id_)


def _packed(bound: Bound) -> list[str | int]:
    limit = bound.limit
    numbers = (limit.rpm, limit.tpm, limit.concurrency)
    return [bound.id, *(_NONE if number is None else number for number in numbers), limit.queue]
