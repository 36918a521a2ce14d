"""Why a key, or a whole account, is not lent: until when, and what is known of it."""

from math import inf
from typing import Final, Literal

import msgspec

from waystation.wire.key_state import KeyState

Trouble = Literal["limited", "refused", "broke"]

# First and longest wait in seconds. A rate limit heals by itself; a refused or unpaid key needs a hand, and is
# asked now and then whether it had one.
BACK_OFF_S: Final[dict[Trouble, tuple[float, float]]] = {
    "limited": (1.0, 60.0),
    "refused": (60.0, 3600.0),
    "broke": (300.0, 3600.0),
}

# Waits are drawn out by up to so much, so that keys that were benched together do not come back together. What the
# vendor asked for is only ever lengthened, and by less: it knows best.
_JITTER: Final = 0.5
_TOLD_JITTER: Final = 0.1

# A shorter wait than this is no advice when the vendor has refused again and again.
_TOLD_MIN_S: Final = 1.0


class Change(msgspec.Struct, frozen=True):
    """One change of the state of a key or an account. `at` is monotonic seconds; `rest_s` how long it will last.

    `key` is a fingerprint; None: every key of the `account`. `upstream` is where it was noticed. `model` is the
    upstream's name for it; None: all of them. `cause` is in our words or the vendor's codes, never its prose.
    """

    at: float
    upstream: str
    account: str
    key: str | None
    model: str | None
    before: KeyState
    after: KeyState
    rest_s: float
    cause: str


class Condition:
    """One trouble. It is over when a call that began after it succeeds.

    `told`: the vendor itself said until when, so that no probe is needed then. `checked`: nobody probes, since the
    balance is asked for. `suspect`: perhaps it was only the model. `elsewhere`: another process probes, until then.
    """

    __slots__ = ("cause", "checked", "elsewhere", "failures", "probing", "since", "state", "suspect", "told", "until")

    def __init__(self, state: Trouble) -> None:
        self.state: Trouble = state
        self.since = -inf
        self.until = -inf
        self.failures = 0
        self.cause = ""
        self.probing = False
        self.told = False
        self.checked = False
        self.suspect = False
        self.elsewhere = 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until a call may be let through; 0: now; inf: once the one that probes has come back."""
        if self.until > now:
            return self.until - now
        return inf if self.probing or self.checked or self.elsewhere > now else 0.0

    def shown(self, now: float) -> KeyState:
        return self.state if self.until > now or self.checked else "probing"

    def fail(self, now: float, leased_at: float, told_s: float | None, draw: float) -> float:
        """The seconds that it lasts from now on. Calls that were under way together fail as one."""
        again = leased_at > self.since or self.failures == 0
        if again:
            self.failures += 1
            self.since = now
            self.told = False
        rest_s = self._rest_s(told_s, draw)
        if again or now + rest_s > self.until:
            self.told = told_s is not None
            self.until = max(now + rest_s, self.until)
        self.probing = False
        self.elsewhere = 0.0
        return self.until - now

    def _rest_s(self, told_s: float | None, draw: float) -> float:
        first_s, longest_s = BACK_OFF_S[self.state]
        own_s = min(first_s * 2.0 ** min(self.failures - 1, 12), longest_s)
        if told_s is not None and (told_s >= _TOLD_MIN_S or self.failures == 1):
            return told_s * (1.0 + _TOLD_JITTER * draw)
        return own_s * (1.0 + _JITTER * draw)
