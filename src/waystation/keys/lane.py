"""The keys of an upstream as calls of one of its models take them: account by account, in turn."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from math import inf
from typing import Final

from waystation.keys.health import Account, Health
from waystation.keys.quota import Quota
from waystation.keys.ring import Ring

# What a call without a bound of its own is taken to bring, until some have ended.
_OUTPUT_FIRST: Final = 1_000.0
_LEARNING: Final = 1 / 16

# A call that is too large for so many accounts goes to another route.
_MISFITS_MAX: Final = 64

# What to say when nobody can know: a probe, or a call that holds the last slot, may be back at any time.
UNKNOWN_S: Final = 1.0

_RIDES_MAX: Final = 16  # how many are looked at for a last resort


class Seat:
    """The keys of one account in a lane. Most have one key; only the others need a ring of their own."""

    __slots__ = ("account", "health", "ring")

    def __init__(self, account: Account, healths: list[Health]) -> None:
        self.account = account
        self.health = healths[0]
        self.ring = Ring(healths) if len(healths) > 1 else None

    def find(self, model: str, now: float, used: Collection[str]) -> Health | float:
        """A key that can be lent; else the seconds to wait for one, 0 if the call has tried all that there are."""
        if self.ring is not None:
            return self._next(self.ring, model, now, used)
        health = self.health
        if health.by_model and (wait_s := health.wait_s(model, now)):
            return wait_s
        return 0.0 if health.key.id in used else health

    def _next(self, ring: Ring[Health], model: str, now: float, used: Collection[str]) -> Health | float:
        ring.wake_due(now)
        tried = False
        for _ in range(len(ring.ready)):
            health = ring.ready[0]
            if health.by_model and (wait_s := health.wait_s(model, now)):
                ring.park_first(now + wait_s)
                if wait_s == inf:
                    self.account.waiting.add((ring, health))
                continue
            ring.ready.rotate(-1)
            if health.key.id not in used:
                return health
            tried = True
        return 0.0 if tried else max(ring.next_due() - now, 0.001)

    def healths(self) -> Iterator[Health]:
        if self.ring is None:
            yield self.health
        else:
            yield from self.ring.ready
            yield from self.ring.parked


class Lane:
    """`quota`: of the upstream's model, whatever the key. `usual_output`: what its calls bring on average."""

    __slots__ = ("_usual_output", "_usual_tokens", "quota", "ring", "usual_output")

    def __init__(self, seats: Iterable[Seat], quota: Quota | None) -> None:
        self.ring = Ring(seats)
        self.quota = quota
        self._usual_output = self._usual_tokens = _OUTPUT_FIRST
        self.usual_output = int(_OUTPUT_FIRST)

    def learn(self, input_tokens: int, output_tokens: int) -> None:
        self._usual_tokens += (max(input_tokens + output_tokens, 0) - self._usual_tokens) * _LEARNING
        self._usual_output += (max(output_tokens, 0) - self._usual_output) * _LEARNING
        self.usual_output = int(self._usual_output)

    def find(self, model: str, now: float, used: Collection[str], tokens: int) -> Health | None:
        """The next key that can be lent now. Whoever can't is put aside on the way, and not looked at until it can."""
        if self.quota is not None and self.quota.wait_s(now, tokens):
            return None
        ring = self.ring
        if ring.due:
            ring.wake_due(now)
        ready = ring.ready
        misfits = 0
        for _ in range(len(ready)):
            seat = ready[0]
            account = seat.account
            if account.by_model and (wait_s := account.wait_s(model, now)):
                self._park_first(wait_s, now)
                continue
            if account.quota is not None and account.quota.wait_s(now, tokens):
                if wait_s := account.quota.wait_s(now, min(tokens, int(self._usual_tokens / 2))):
                    self._park_first(wait_s, now)
                    continue
                ready.rotate(-1)  # it's only too little for this call: smaller ones can have it
                misfits += 1
                if misfits >= _MISFITS_MAX:
                    return None
                continue
            found = seat.find(model, now, used)
            if isinstance(found, Health):
                ready.rotate(-1)
                return found
            if found:
                self._park_first(found, now)
            else:
                ready.rotate(-1)
        return None

    def ride(self, model: str, now: float, used: Collection[str], tokens: int) -> Health | None:
        """A last resort: a key whose rate limit is being probed just now, beside that probe."""
        if self.quota is not None and self.quota.wait_s(now, tokens):
            return None
        for seat in islice(self.ring.parked, _RIDES_MAX):
            quota = seat.account.quota
            if quota is not None and quota.wait_s(now, tokens):
                continue
            for health in islice(seat.healths(), _RIDES_MAX):
                if health.key.id not in used and health.rideable(model, now):
                    return health
        return None

    def ready_in_s(self, model: str, now: float, tokens: int = 0) -> float:
        """Seconds until a key is ready again, as far as that is known: who is waited for may be back at any time."""
        if self.quota is not None and (wait_s := self.quota.wait_s(now, tokens)):
            return UNKNOWN_S if wait_s == inf else wait_s
        if self.find(model, now, (), tokens) is not None:
            return 0.0
        due = self.ring.next_due()
        return UNKNOWN_S if due == inf else max(due - now, 0.0)

    def _park_first(self, wait_s: float, now: float) -> None:
        seat = self.ring.ready[0]
        self.ring.park_first(now + wait_s)
        seat.account.waiting.add((self.ring, seat))  # it may be back before its time: tokens are trued up, keys healed
