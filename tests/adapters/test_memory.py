from math import inf

import msgspec
import pytest
from hypothesis import settings

from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, StoreMachine
from tests.contract.store import (
    NOW,
    ORGANIZATION,
    WALLET,
    StoreContract,
    call_record,
    extend_order,
    hold_order,
    post_order,
    stored_response,
    token,
)
from waystation.adapters.memory import MemoryStore
from waystation.ledger.posting import AMOUNT_MAX, Account
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Catalogue, Node, Organization, Token
from waystation.wire.errors import StoreUnavailable


class MemoryWorld:
    def __init__(self) -> None:
        self.now = NOW
        self.store = MemoryStore(Catalogue(revision=1, organizations=(ORGANIZATION,)))

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None:
        self.store.open_wallet(organization_id, currency, nanos)

    def put_organization(self, organization: Organization) -> None:
        self._change(organizations=(organization,))

    def put_node(self, node: Node) -> None:
        nodes = {each.id: each for each in self.store.known.nodes} | {node.id: node}
        self._change(nodes=tuple(nodes.values()))

    def put_token(self, token: Token) -> None:
        tokens = {each.id: each for each in self.store.known.tokens} | {token.id: token}
        self._change(tokens=tuple(tokens.values()))

    def revoke(self, token_id: str) -> None:
        (revoked,) = (each for each in self.store.known.tokens if each.id == token_id)
        self.put_token(msgspec.structs.replace(revoked, revoked_at=int(NOW)))

    def account(self, ceiling: Ceiling) -> Account | None:
        return self.store.accounts.get(ceiling)

    def accounts(self) -> dict[Ceiling, Account]:
        return dict(self.store.accounts)

    def top_up(self, nanos: int) -> bool:
        return self._book(WALLET, credits_=nanos)

    def refund(self, nanos: int) -> bool:
        return self._book(WALLET, debits=nanos)

    def lend(self, nanos: int) -> bool:
        return self._book(WALLET, slack=nanos - self.store.accounts[WALLET].slack)

    def transfer(self, source: Ceiling, target: Ceiling, nanos: int) -> bool:
        return self._book(source, debits=nanos) and self._book(target, credits_=nanos)

    async def sweep(self) -> int:
        return await self.store.sweep(self.now)

    async def crash(self) -> None:
        await self.store.sweep(inf)

    async def aclose(self) -> None:
        return None

    def _change(self, **what: object) -> None:
        known = self.store.known
        self.store.change(msgspec.structs.replace(known, revision=known.revision + 1, **what))

    def _book(self, ceiling: Ceiling, *, credits_: int = 0, debits: int = 0, slack: int = 0) -> bool:
        account = self.store.accounts[ceiling]
        moved = msgspec.structs.replace(
            account,
            credits_posted=account.credits_posted + credits_,
            debits_posted=account.debits_posted + debits,
            slack=account.slack + slack,
        )
        if (debits and moved.available < moved.slack) or (slack < 0 and moved.available < 0):
            return False
        self.store.accounts[ceiling] = moved
        return True


async def memory_world() -> MemoryWorld:
    world = MemoryWorld()
    world.open_wallet("org_1", "USD", 100)
    world.put_token(token())
    return world


class TestMemoryStore(StoreContract):
    @pytest.fixture
    async def world(self) -> MemoryWorld:
        return await memory_world()


class TestCallsInMemory(CallContract):
    @pytest.fixture
    async def world(self) -> MemoryWorld:
        return await memory_world()


class MemoryMachine(StoreMachine):
    make_world = staticmethod(memory_world)


TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = settings(SETTINGS, max_examples=4 * SETTINGS.max_examples)  # it is quick


async def test_everything_is_there_to_be_looked_at() -> None:
    store = (await memory_world()).store
    await store.hold(hold_order("hold_1", 40))
    await store.hold(hold_order("hold_2", 20))
    await store.post(post_order("hold_1", 25))
    await store.record(call_record())
    assert list(store.open_holds) == ["hold_2"]
    assert store.postings["hold_1"].order == post_order("hold_1", 25)
    assert store.postings["hold_1"].posted.amount_nanos == 25
    assert store.records == [call_record()]


async def test_a_wallet_is_opened_once() -> None:
    world = await memory_world()
    world.open_wallet("org_1", "USD", 7)
    account = world.account(Ceiling("wallet", "org_1", "USD"))
    assert account is not None
    assert account.available == 100


@pytest.mark.parametrize("nanos", [-1, AMOUNT_MAX + 1])
def test_an_impossible_credit_is_refused(nanos: int) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        MemoryStore().open_wallet("org_1", "USD", nanos)


async def test_a_broken_store_answers_nothing() -> None:
    store = (await memory_world()).store
    store.broken = True
    for answer in (
        store.hold(hold_order("hold_1", 1)),
        store.extend(extend_order("hold_1", 2)),
        store.post(post_order("hold_1", 1)),
        store.void("hold_1", at=NOW),
        store.record(call_record()),
        store.catalogue(),
        store.keep_response(stored_response()),
        store.find_response("org_1", "resp_1", at=NOW),
        store.drop_response("org_1", "resp_1"),
    ):
        with pytest.raises(StoreUnavailable):
            await answer
