"""A key's health: ready, or benched until a time, for a reason."""

from typing import Final

from waystation.wire.key_state import KeyState

# First and longest wait in seconds. A rate limit heals by itself; a refused or unpaid key needs a hand, and is
# asked now and then whether it had one.
_BACK_OFF_S: Final[dict[KeyState, tuple[float, float]]] = {
    "limited": (1.0, 60.0),
    "refused": (60.0, 3600.0),
    "broke": (300.0, 3600.0),
}


class Health:
    """The state of one key. Waits double with each failure in a row; one success ends the row."""

    __slots__ = ("failures", "state", "until")

    def __init__(self) -> None:
        self.state: KeyState = "ready"
        self.until = 0.0
        self.failures = 0

    def ready(self, now: float) -> bool:
        return self.until <= now

    def succeed(self) -> None:
        if self.failures:
            self.state, self.until, self.failures = "ready", 0.0, 0

    def bench(self, state: KeyState, *, now: float, wait_s: float | None = None) -> float:
        """Bench the key for `wait_s`, or for its back-off; the seconds it will rest.

        Calls that were under way together fail together: they count as one failure.
        """
        if self.until <= now or state != self.state:
            self.failures += 1
        first_s, longest_s = _BACK_OFF_S[state]
        rest_s = wait_s if wait_s is not None else min(first_s * 2 ** min(self.failures - 1, 12), longest_s)
        self.state = state
        self.until = max(self.until, now + rest_s)
        return rest_s
