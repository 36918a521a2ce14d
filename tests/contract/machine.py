"""Any order of holds, postings, voids, expiries and changed budgets, against a model in a dozen lines."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tests.contract.store import NOW, WALLET, World, budget_ceiling, hold_order, post_order, token
from waystation.wire.booking import Held, Posted, Refused
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded

CREDIT = 100  # the contract's wallet
TOKENS = ("tok_1", "tok_2")

Answer = TypeVar("Answer")

SETTINGS = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

amounts = st.integers(0, 60)


class ClosableWorld(World, Protocol):
    async def aclose(self) -> None: ...


class StoreMachine(RuleBasedStateMachine):
    """Subclasses name `make_world`, which gives the contract's world, and run with SETTINGS."""

    make_world: ClassVar[Callable[[], Awaitable[ClosableWorld]]]

    open_ids = Bundle("open_ids")
    ended_ids = Bundle("ended_ids")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = self.runner.run(_await(type(self).make_world()))
        self.limits = dict.fromkeys(TOKENS, 50)
        self.held: dict[str, tuple[str, int]] = {}  # hold -> its token and amount
        self.spent = dict.fromkeys(TOKENS, 0)
        self.answers: dict[str, Posted] = {}
        self.count = 0

    def teardown(self) -> None:
        self.runner.run(self.world.aclose())
        self.runner.close()

    @initialize()
    def give_tokens(self) -> None:
        for token_id in TOKENS:
            self.set_budget(token_id, 50)

    @rule(token_id=st.sampled_from(TOKENS), limit=amounts)
    def set_budget(self, token_id: str, limit: int) -> None:
        self.world.put_token(token(token_id, Budget(limit, "USD", "month")))
        self.limits[token_id] = limit

    @rule(target=open_ids, token_id=st.sampled_from(TOKENS), amount=amounts)
    def hold(self, token_id: str, amount: int) -> str:
        self.count += 1
        hold_id = f"hold_{self.count}"
        ceilings = (budget_ceiling(token_id), WALLET)
        answer = self.run(self.world.store.hold(hold_order(hold_id, amount, *ceilings, token_id=token_id)))
        if min(self.budget_left(token_id), self.wallet_left()) >= amount:
            assert answer == Held(hold_id, amount)
            self.held[hold_id] = (token_id, amount)
        else:
            assert isinstance(answer, Refused)
        return hold_id

    @rule(target=ended_ids, hold_id=consumes(open_ids), amount=amounts)
    def post(self, hold_id: str, amount: int) -> str:
        if hold_id not in self.held:
            self.refuses(hold_id, amount)
            return hold_id
        token_id, held = self.held[hold_id]
        spare = max(0, min(self.budget_left(token_id), self.wallet_left()))
        booked = min(amount, held + spare)
        del self.held[hold_id]
        self.spent[token_id] += booked
        self.answers[hold_id] = Posted(hold_id, booked, amount - booked)
        assert self.run(self.world.store.post(post_order(hold_id, amount))) == self.answers[hold_id]
        return hold_id

    @rule(target=ended_ids, hold_id=consumes(open_ids))
    def void(self, hold_id: str) -> str:
        self.run(self.world.store.void(hold_id, at=NOW))
        self.held.pop(hold_id, None)
        return hold_id

    @rule()
    def expire_all(self) -> None:
        self.world.now += 3600
        self.run(self.world.sweep())
        self.held.clear()
        self.world.now = NOW

    @rule(hold_id=ended_ids, amount=amounts)
    def end_again(self, hold_id: str, amount: int) -> None:
        self.run(self.world.store.void(hold_id, at=NOW))
        if hold_id in self.answers:
            assert self.run(self.world.store.post(post_order(hold_id, amount))) == self.answers[hold_id]
        else:
            self.refuses(hold_id, amount)

    @invariant()
    def the_accounts_are_what_the_model_says(self) -> None:
        wallet = self.world.account(WALLET)
        assert wallet is not None
        assert wallet.available == self.wallet_left()
        assert wallet.debits_posted == sum(self.spent.values())
        assert wallet.debits_pending == sum(amount for _, amount in self.held.values())
        for token_id in TOKENS:
            budget = self.world.account(budget_ceiling(token_id))
            assert budget is None or budget.available == self.budget_left(token_id)

    @invariant()
    def nothing_is_overdrawn(self) -> None:
        assert self.wallet_left() >= 0

    def refuses(self, hold_id: str, amount: int) -> None:
        with pytest.raises(HoldEnded):
            self.run(self.world.store.post(post_order(hold_id, amount)))

    def wallet_left(self) -> int:
        return CREDIT - sum(self.spent.values()) - sum(amount for _, amount in self.held.values())

    def budget_left(self, token_id: str) -> int:
        held = sum(amount for owner, amount in self.held.values() if owner == token_id)
        return self.limits[token_id] - self.spent[token_id] - held

    def run(self, answer: Awaitable[Answer]) -> Answer:
        return self.runner.run(_await(answer))


async def _await(answer: Awaitable[Answer]) -> Answer:
    return await answer
