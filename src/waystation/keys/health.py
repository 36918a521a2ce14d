"""A key, its account, and what is wrong with either."""

from math import inf
from typing import Any, Final

from waystation.keys.condition import Condition
from waystation.keys.quota import Quota
from waystation.keys.ring import Ring
from waystation.wire.catalogue import Ceilings, UpstreamKey
from waystation.wire.key_state import KeyState

# Names of models may come from callers; what is benched for longer than this many is the least of our worries.
_MODELS_MAX: Final = 1_000

_ORDER: Final[tuple[KeyState, ...]] = ("disabled", "broke", "refused", "limited", "probing", "ready")


class Benched:
    """Conditions by model; None: those of all models. Empty as long as all is well, which is all that a call looks at.

    A model has a row of its own, since vendors limit and allow model by model.
    """

    __slots__ = ("by_model",)

    def __init__(self) -> None:
        self.by_model: dict[str | None, Condition] = {}

    def wait_s(self, model: str, now: float) -> float:
        """Seconds until a call for the model may be let through; inf: once the one that probes has come back."""
        wait_s = 0.0
        for which in (None, model):
            condition = self.by_model.get(which)
            if condition is not None:
                wait_s = max(wait_s, condition.wait_s(now))
        return wait_s

    def of(self, model: str | None) -> list[tuple[str | None, Condition]]:
        """Those that stand in a model's way."""
        return [(which, self.by_model[which]) for which in {None, model} if which in self.by_model]

    def put(self, model: str | None, condition: Condition) -> None:
        if len(self.by_model) >= _MODELS_MAX:  # what stands in the way of all models stays
            del self.by_model[next(which for which in self.by_model if which is not None)]
        self.by_model[model] = condition


class Account(Benched):
    """What keys of one vendor account share: rate limits, money, and who waits until one of its calls is back.

    `name` is for people; `id` is what all processes know it by.
    """

    __slots__ = ("id", "name", "quota", "waiting")

    def __init__(self, name: str, id_: str = "") -> None:
        super().__init__()
        self.id = id_
        self.name = name
        self.quota: Quota | None = None
        self.waiting: set[tuple[Ring[Any], object]] = set()

    def limit(self, ceilings: Ceilings | None) -> None:
        """Its ceilings from now on; what was counted stays counted."""
        if ceilings is None or self.quota is None:
            self.quota = None if ceilings is None else Quota(ceilings)
        else:
            self.quota.limit(ceilings)

    def wake(self) -> None:
        """Whoever waits may look again."""
        if self.waiting:
            waiting, self.waiting = self.waiting, set()
            for ring, item in waiting:
                ring.wake(item)


class Health(Benched):
    """One key. `by_model` holds what is its own fault; what it shares stands at its account. `upstream` is its name."""

    __slots__ = ("account", "key", "upstream")

    def __init__(self, key: UpstreamKey, account: Account, upstream: str) -> None:
        super().__init__()
        self.key = key
        self.account = account
        self.upstream = upstream

    def state(self, model: str | None, now: float) -> KeyState:
        """What is worst of it: for all models (None), or for one."""
        if self.key.disabled:
            return "disabled"
        found = {one.shown(now) for benched in (self, self.account) for _, one in benched.of(model)}
        return next((state for state in _ORDER if state in found), "ready")

    def worst(self, now: float) -> KeyState:
        """As `state`, with what is wrong for any model."""
        if self.key.disabled:
            return "disabled"
        found = {one.shown(now) for benched in (self, self.account) for one in benched.by_model.values()}
        return next((state for state in _ORDER if state in found), "ready")

    def rideable(self, model: str, now: float) -> bool:
        """Whether only a probe of a rate limit, which is under way, stands in a call's way."""
        found = [one for benched in (self, self.account) for _, one in benched.of(model)]
        return all(one.state == "limited" and one.wait_s(now) in {0.0, inf} for one in found)
