"""Any order of what may happen to money, against a model that only adds up.

Two sub-tokens have a hard budget each; both spend from a department's budget, which may be soft, and from the wallet.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contract.store import (
    NOW,
    WALLET,
    World,
    budget_ceiling,
    extend_order,
    hold_order,
    node,
    post_order,
    token,
)
from waystation.ledger.posting import SOFT
from waystation.wire.booking import Ceiling, Held, Posted, Refused
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded

CREDIT: Final = 100  # the contract's wallet
LIMIT: Final = 50
TOKENS: Final = ("tok_1", "tok_2")
DEPARTMENT: Final = budget_ceiling("department")
BUDGETS: Final = (*map(budget_ceiling, TOKENS), DEPARTMENT)

Answer = TypeVar("Answer")

SETTINGS = settings(stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

amounts = st.integers(0, 60)
sums = st.integers(1, 60)
lately = st.integers(0, 3)


class ClosableWorld(World, Protocol):
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class Purse:
    """What an account must come to."""

    credit: int
    slack: int = 0
    gone: int = 0
    held: int = 0

    @property
    def left(self) -> int:
        return self.credit + self.slack - self.gone - self.held


@dataclass(slots=True)
class Open:
    chain: tuple[Ceiling, ...]
    amount: int


@dataclass(slots=True)
class Model:
    purses: dict[Ceiling, Purse] = field(default_factory=dict)
    open: dict[str, Open] = field(default_factory=dict)
    expired: dict[str, Open] = field(default_factory=dict)
    posted: dict[str, Posted] = field(default_factory=dict)

    def lacks(self, chain: tuple[Ceiling, ...], nanos: int) -> Refused | None:
        for ceiling in chain:
            purse = self.purses[ceiling]
            if purse.left < nanos:
                return Refused(ceiling.kind, ceiling, purse.left, purse.credit + purse.slack)
        return None

    def reserve(self, chain: tuple[Ceiling, ...], nanos: int) -> None:
        for ceiling in chain:
            self.purses[ceiling].held += nanos

    def end(self, hold_id: str, booked: int) -> None:
        hold = self.open.pop(hold_id, None) or self.expired.pop(hold_id)
        for ceiling in hold.chain:
            self.purses[ceiling].held -= hold.amount
            self.purses[ceiling].gone += booked

    def expire(self) -> None:
        for hold_id, hold in list(self.open.items()):
            self.end(hold_id, 0)
            self.expired[hold_id] = Open(hold.chain, 0)

    def take(self, ceiling: Ceiling, nanos: int) -> bool:
        """By hand: its own, and nothing that is lent to it."""
        purse = self.purses[ceiling]
        if purse.left - purse.slack < nanos:
            return False
        purse.gone += nanos
        return True


class StoreMachine(RuleBasedStateMachine):
    """Subclasses name `make_world`, which gives the contract's world, and run with SETTINGS."""

    make_world: ClassVar[Callable[[], Awaitable[ClosableWorld]]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = self.runner.run(_await(type(self).make_world()))
        self.model = Model()
        self.limits = dict.fromkeys(BUDGETS, LIMIT)
        self.ids: list[str] = []

    def teardown(self) -> None:
        self.runner.run(self.world.aclose())
        self.runner.close()

    @initialize()
    def open_every_window(self) -> None:
        for token_id in TOKENS:
            self.beside(self.world.put_token, token(token_id, Budget(LIMIT, "USD", "month")))
        self.beside(self.world.put_node, node("department", Budget(LIMIT, "USD", "month")))
        self.model.purses = {ceiling: Purse(LIMIT) for ceiling in BUDGETS} | {WALLET: Purse(CREDIT)}
        for token_id in TOKENS:
            self.hold(token_id, 10)

    # Calls

    @rule(token_id=st.sampled_from(TOKENS), amount=amounts)
    def hold(self, token_id: str, amount: int) -> None:
        hold_id = f"hold_{len(self.ids)}"
        self.ids.append(hold_id)
        chain = (budget_ceiling(token_id), DEPARTMENT, WALLET)
        answer = self.run(self.world.store.hold(hold_order(hold_id, amount, *chain, token_id=token_id)))
        assert answer == (self.model.lacks(chain, amount) or Held(hold_id, amount))
        if isinstance(answer, Held):
            self.model.reserve(chain, amount)
            self.model.open[hold_id] = Open(chain, amount)

    @rule(back=lately, amount=amounts)
    def extend(self, back: int, amount: int) -> None:
        hold_id = self.lately(back)
        hold = self.model.open.get(hold_id)
        if hold is None:
            with pytest.raises(HoldEnded):
                self.run(self.world.store.extend(extend_order(hold_id, amount)))
            return
        more = max(0, amount - hold.amount)
        refused = self.model.lacks(hold.chain, more) if more else None
        answer = self.run(self.world.store.extend(extend_order(hold_id, amount)))
        assert answer == (refused or Held(hold_id, hold.amount + more))
        if refused is None:
            self.model.reserve(hold.chain, more)
            hold.amount += more

    @rule(back=lately, amount=amounts, late=st.booleans())
    def post(self, back: int, amount: int, *, late: bool) -> None:
        hold_id = self.lately(back)
        order = post_order(hold_id, amount, late=late)
        if hold_id in self.model.posted:
            assert self.run(self.world.store.post(order)) == self.model.posted[hold_id]
            return
        hold = self.model.open.get(hold_id) or (self.model.expired.get(hold_id) if late else None)
        if hold is None:
            with pytest.raises(HoldEnded):
                self.run(self.world.store.post(order))
            return
        spare = max(0, min(self.model.purses[ceiling].left for ceiling in hold.chain))
        booked = min(amount, hold.amount + spare)
        posted = self.model.posted[hold_id] = Posted(hold_id, booked, amount - booked)
        assert self.run(self.world.store.post(order)) == posted
        self.model.end(hold_id, booked)

    @rule(back=lately)
    def void(self, back: int) -> None:
        hold_id = self.lately(back)
        self.run(self.world.store.void(hold_id, at=NOW))
        if hold_id in self.model.open:
            self.model.end(hold_id, 0)

    @rule(crash=st.booleans())
    def expire_all(self, *, crash: bool) -> None:
        """Because it is late, or because the store died."""
        if crash:
            self.run(self.world.crash())
        else:
            self.world.now += 3600
            self.run(self.world.sweep())
            self.world.now = NOW
        self.model.expire()

    # What others do

    @rule(place=st.sampled_from(range(len(TOKENS))), limit=amounts)
    def set_budget(self, place: int, limit: int) -> None:
        self.beside(self.world.put_token, token(TOKENS[place], Budget(limit, "USD", "month")))
        self.changed(BUDGETS[place], limit)

    @rule(limit=amounts, hard=st.booleans())
    def set_department(self, limit: int, *, hard: bool) -> None:
        self.beside(self.world.put_node, node("department", Budget(limit, "USD", "month", hard=hard)))
        self.changed(DEPARTMENT, limit)
        self.model.purses[DEPARTMENT].slack = 0 if hard else SOFT

    @rule(nanos=sums, pays=st.booleans())
    def top_up_or_refund(self, nanos: int, *, pays: bool) -> None:
        if pays:
            assert self.beside(self.world.top_up, nanos)
            self.model.purses[WALLET].credit += nanos
        else:
            assert self.beside(self.world.refund, nanos) == self.model.take(WALLET, nanos)

    @rule(nanos=amounts)
    def lend(self, nanos: int) -> None:
        purse = self.model.purses[WALLET]
        fits = purse.left - purse.slack + nanos >= 0
        assert self.beside(self.world.lend, nanos) == fits
        if fits:
            purse.slack = nanos

    @rule(nanos=sums, places=st.permutations(range(len(BUDGETS))))
    def transfer(self, nanos: int, places: list[int]) -> None:
        source, target = BUDGETS[places[0]], BUDGETS[places[1]]
        given = self.model.take(source, nanos)
        assert self.beside(self.world.transfer, source, target, nanos) == given
        if given:
            self.model.purses[target].credit += nanos

    # What is always so

    @invariant()
    def the_accounts_are_what_the_model_says(self) -> None:
        accounts = self.beside(self.world.accounts)
        for ceiling, purse in self.model.purses.items():
            account = accounts[ceiling]
            got = Purse(account.credits_posted, account.slack, account.debits_posted, account.debits_pending)
            assert got == purse, f"{ceiling}: {got} is not {purse}"

    @invariant()
    def the_wallet_is_never_overdrawn(self) -> None:
        assert all(purse.left >= 0 for ceiling, purse in self.model.purses.items() if ceiling == WALLET)

    def changed(self, ceiling: Ceiling, limit: int) -> None:
        self.limits[ceiling], before = limit, self.limits[ceiling]
        self.model.purses[ceiling].credit += limit - before

    def lately(self, back: int) -> str:
        """One of the last holds, whatever has become of it."""
        return self.ids[-1 - back % len(self.ids)]

    def beside(self, act: Callable[..., Answer], *arguments: object) -> Answer:
        """What another process does, while the store's loop goes on: it may be in the middle of a transaction."""
        return self.run(asyncio.to_thread(act, *arguments))

    def run(self, answer: Awaitable[Answer]) -> Answer:
        return self.runner.run(_await(answer))


async def _await(answer: Awaitable[Answer]) -> Answer:
    return await answer
