"""What is asked after a model that failed before the first byte: the next that the caller, or the operator, named."""

import logging
from typing import Final

import msgspec

from waystation.ports import Clock, Pass, Store
from waystation.relay.call import Call
from waystation.relay.claim import claim_of, conflict
from waystation.relay.tally import Tally
from waystation.wire.errors import (
    ContextExceeded,
    InsufficientQuota,
    ModelNotFound,
    NoEndpoint,
    PriceMissing,
    RateLimited,
    Unsayable,
    UnsupportedInput,
    UpstreamError,
    VendorRefusal,
    WaystationError,
)

log = logging.getLogger(__name__)

# What another model may do better. A vendor's refusal is among them, whatever it says: that a prompt is too long or not
# wanted is the model's judgement, and some vendors have no code for it.
_OF_THE_MODEL: Final = (
    UpstreamError,
    VendorRefusal,
    Unsayable,
    UnsupportedInput,
    ContextExceeded,
    NoEndpoint,
    RateLimited,
    InsufficientQuota,
    PriceMissing,
)


class Fallback:
    __slots__ = ("_clock", "_store")

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def next(self, call: Call, error: WaystationError, entry: Pass | None, tally: Tally) -> Call:
        """The call as it asks the next of its models: it is held and let in anew, as that one's.

        Nothing of the one before is held any more. Raises: the error, if there is no other model, or none that could
        help; IdempotencyConflict if meanwhile another call has come with the same key.
        """
        if tally.answered_at is not None or not isinstance(error, _OF_THE_MODEL):
            raise error
        others = others_of(call)
        if not others or self._clock.monotonic() >= call.deadline:
            raise error
        if entry is not None:
            entry.leave(0)
        tally.end_probe()
        tally.price, tally.held_nanos, tally.model, tally.earlier = None, 0, None, len(tally.attempts)
        code = error.public_code or error.public_type  # not its words: a vendor's may quote the prompt
        log.info("falls back", extra={"call_id": call.call_id, "model": others[0], "code": code})
        following = msgspec.structs.replace(call, model=others[0], others=others[1:], turns=call.turns + 1)
        if call.repeat is not None:
            taken = await self._store.claim_key(claim_of(following, call.repeat, self._clock.now()))
            if taken is not None:
                raise conflict(taken.call_id)
        return following


def others_of(call: Call) -> tuple[str, ...]:
    """The models that may be asked in turn if the one does not answer whose turn it is.

    The caller's own list goes before the model's setting, of which is left out what the token may not use.
    """
    if call.others is not None or call.pin is not None:
        return call.others or ()
    asked, wish = call.ask.model, call.ask.wish
    if wish is not None and wish.models:
        return tuple(name for name in dict.fromkeys(wish.models) if name != asked)
    try:
        fallbacks = call.board.find(call.token, asked).model.fallbacks
    except ModelNotFound:
        return ()
    return tuple(name for name in fallbacks if name != asked and _may_use(call, name))


def _may_use(call: Call, name: str) -> bool:
    try:
        call.board.find(call.token, name)
    except ModelNotFound:
        return False
    return True
