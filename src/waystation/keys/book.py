"""What is known of every key and account. Each change of a state is made here, and told with its cause.

What several processes are to share goes through `Book` alone.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from waystation.keys.condition import Change, Condition, Trouble
from waystation.keys.health import Account, Health
from waystation.keys.known import Known, Subject, known, take_over
from waystation.keys.quota import Quota
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey
from waystation.wire.key_state import KeyState, Verdict

HISTORY_MAX: Final = 1_000  # some 300 kB

_TROUBLES: Final[dict[Verdict, Trouble]] = {
    "limited": "limited",
    "suspect": "refused",
    "barred": "refused",
    "refused": "refused",
    "broke": "broke",
}


class Outcome(msgspec.Struct, frozen=True):
    """A refusal that concerns a key: for which model, what it says, when it came, and when the call was begun.

    `told_s`: the wait that the vendor asked for. `cause`: the vendor's codes.
    """

    model: str
    verdict: Verdict
    now: float
    leased_at: float
    told_s: float | None = None
    cause: str = ""


class Book:
    """`draw` gives a random number in [0, 1). `tell` hears of every change. `share`, if set, takes what others should
    know, and is never waited for. `processes` share the ceilings.
    """

    __slots__ = ("_draw", "_tell", "accounts", "healths", "history", "processes", "quotas", "share")

    def __init__(self, draw: Callable[[], float], tell: Callable[[Change], None] | None = None) -> None:
        self._draw = draw
        self._tell = tell
        self.accounts: dict[str, Account] = {}
        self.healths: dict[str, Health] = {}
        self.processes = 1
        self.share: Callable[[Known], None] | None = None
        self.quotas: dict[tuple[str, str], Quota] = {}  # by the upstream's id and its model
        self.history: deque[Change] = deque(maxlen=HISTORY_MAX)

    def health(self, key: UpstreamKey, upstream: str) -> Health:
        """Of a key; it's known again when it comes back under its id."""
        name = key.id if key.group is None else f"group {key.group}"
        account = self.accounts.get(name)
        if account is None:
            account = self.accounts[name] = Account(key.group or key.fingerprint, name)
        health = self.healths.get(key.id)
        if health is None:
            health = self.healths[key.id] = Health(key, account, upstream)
        health.key, health.account, health.upstream = key, account, upstream
        return health

    def quota(self, upstream_id: str, model: str, ceilings: Ceilings) -> Quota:
        """Of one of an upstream's models; what was counted stays counted."""
        quota = self.quotas.get((upstream_id, model))
        if quota is None:
            quota = self.quotas[upstream_id, model] = Quota(ceilings)
        quota.limit(ceilings)
        return quota

    def share_ceilings(self, processes: int) -> None:
        """Among so many, from now on."""
        self.processes = processes
        for quota in [*self.quotas.values(), *(account.quota for account in self.accounts.values())]:
            if quota is not None:
                quota.share(processes)

    def keep(self, upstreams: tuple[Upstream, ...]) -> None:
        """Forget all that belongs to none of them."""
        key_ids = {key.id for upstream in upstreams for key in upstream.keys}
        limited = {(upstream.id, model) for upstream in upstreams for model, _ in upstream.model_limits}
        self.quotas = {of: quota for of, quota in self.quotas.items() if of in limited}
        self.healths = {id_: health for id_, health in self.healths.items() if id_ in key_ids}
        there = {id(health.account) for health in self.healths.values()}
        self.accounts = {name: account for name, account in self.accounts.items() if id(account) in there}

    def bench(self, health: Health, outcome: Outcome, *, checked: bool = False) -> None:
        """A call has failed through a fault of the key. `checked`: its balance is asked for, so that nobody probes.

        A rate limit is the account's, for that model; arrears are the account's; a refusal is the key's. If perhaps
        only the model is refused, the key is as a whole once that has happened to another model, and no call went well.
        """
        if outcome.verdict == "ready":
            return
        verdict = outcome.verdict
        benched: Account | Health = health.account if verdict in {"limited", "broke"} else health
        model = None if verdict in {"broke", "refused"} else outcome.model
        condition = self._fail(health, benched, model, outcome)
        condition.checked = checked and verdict == "broke"
        if verdict == "suspect":
            condition.suspect = True
        self._share(benched, model, outcome.now)
        if verdict == "suspect":
            others = (one for which, one in health.by_model.items() if which not in {None, model})
            if any(one.suspect for one in others):
                self._fail(health, health, None, outcome)
                self._share(health, None, outcome.now)

    def _fail(self, health: Health, benched: Account | Health, model: str | None, outcome: Outcome) -> Condition:
        condition = benched.by_model.get(model)
        before: KeyState = "ready" if condition is None else condition.shown(outcome.now)
        if condition is None:
            condition = Condition(_TROUBLES[outcome.verdict])
            benched.put(model, condition)
        rest_s = condition.fail(outcome.now, outcome.leased_at, outcome.told_s, self._draw())
        condition.cause = outcome.cause
        if before != condition.state:
            self._note(health, benched, model, before, condition.state, rest_s, outcome.cause, outcome.now)
        return condition

    def probe(self, health: Health, model: str, now: float) -> tuple[Condition, ...]:
        """Which conditions the call that is about to begin probes; one call at a time does. Most need none."""
        probed = []
        for benched in (health.account, health):
            for which, condition in benched.of(model):
                if not condition.told and not condition.probing:
                    condition.probing = True
                    probed.append(condition)
                    self._share(benched, which, now)
                    self._note(health, benched, which, condition.state, "probing", 0.0, condition.cause, now)
        return tuple(probed)

    def end_probes(self, health: Health, probes: tuple[Condition, ...], leased_at: float) -> None:
        """The call has ended, and has told what it could."""
        for benched in (health.account, health):
            for which, condition in benched.by_model.items():
                if condition in probes and condition.probing:
                    condition.probing = False
                    self._share(benched, which, leased_at)
        health.account.wake()

    def heal(self, health: Health, model: str, now: float, leased_at: float) -> None:
        """A call went well: what began after it was lent its key is not disproved by it."""
        for benched in (health.account, health):
            for which, condition in benched.of(model):
                if leased_at > condition.since or leased_at >= condition.until:
                    del benched.by_model[which]
                    self._share(benched, which, now)
                    self._note(health, benched, which, condition.shown(now), "ready", 0.0, "a call went well", now)
        for which, condition in health.by_model.items():
            if condition.suspect and leased_at > condition.since:
                condition.suspect = False
                self._share(health, which, now)
        health.account.wake()

    def paid(self, account: Account, health: Health, now: float, cause: str) -> None:
        """The balance was asked for, and there is money, or nobody knows: the next call is the probe."""
        condition = account.by_model.get(None)
        if condition is not None and condition.checked:
            condition.checked, condition.until = False, now
            self._share(account, None, now)
            self._note(health, account, None, condition.state, "probing", 0.0, cause, now)
            account.wake()

    def unpaid(self, account: Account, now: float) -> None:
        """The balance was asked for, and there is none: ask again later."""
        condition = account.by_model.get(None)
        if condition is not None and condition.checked:
            condition.fail(now, now, None, self._draw())
            self._share(account, None, now)

    def merge(self, told: Known, now: float) -> None:
        """What another process knows, and says in the order in which it happened. Nobody is told again."""
        subject = told.subject
        health = self.healths.get(subject.key or "")
        account = self.accounts.get(subject.account or "") if health is None else health.account
        if account is not None and take_over(health or account, told, now, self._draw()):
            account.wake()

    def all_known(self, now: float) -> list[Known]:
        """Every condition that there is."""
        return [
            known(_subject(benched, which), condition, now)
            for _, benched in self._benched()
            for which, condition in benched.by_model.items()
        ]

    def give_up_probes(self, now: float) -> None:
        """Those of other processes that have said nothing for too long."""
        for account, benched in self._benched():
            for condition in benched.by_model.values():
                if condition.elsewhere and condition.elsewhere <= now:
                    condition.elsewhere = 0.0
                    account.wake()

    def _benched(self) -> Iterator[tuple[Account, Account | Health]]:
        yield from ((account, account) for account in self.accounts.values())
        yield from ((health.account, health) for health in self.healths.values())

    def _share(self, benched: Account | Health, model: str | None, now: float) -> None:
        if self.share is not None:
            self.share(known(_subject(benched, model), benched.by_model.get(model), now))

    def _note(
        self,
        health: Health,
        benched: Account | Health,
        model: str | None,
        before: KeyState,
        after: KeyState,
        rest_s: float,
        cause: str,
        now: float,
    ) -> None:
        key = health.key.fingerprint if benched is health else None
        change = Change(now, health.upstream, health.account.name, key, model, before, after, rest_s, cause)
        self.history.append(change)
        if self._tell is not None:
            self._tell(change)


def _subject(benched: Account | Health, model: str | None) -> Subject:
    if isinstance(benched, Health):
        return Subject(benched.key.id, None, model)
    return Subject(None, benched.id, model)
