import msgspec
import pytest

from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, StoreMachine
from tests.contract.store import (
    NOW,
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
from waystation.wire.catalogue import Catalogue, Organization, Token
from waystation.wire.errors import StoreUnavailable


class MemoryWorld:
    def __init__(self) -> None:
        self.now = NOW
        self.store = MemoryStore(Catalogue(revision=1, organizations=(Organization("org_1", "acme", 30),)))

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None:
        self.store.open_wallet(organization_id, currency, nanos)

    def retain(self, days: int) -> None:
        known = self.store.known
        organizations = (Organization("org_1", "acme", days),)
        self.store.change(msgspec.structs.replace(known, revision=known.revision + 1, organizations=organizations))

    def put_token(self, token: Token) -> None:
        tokens = {each.id: each for each in self._tokens()} | {token.id: token}
        self._change(tuple(tokens.values()))

    def revoke(self, token_id: str) -> None:
        self._change(
            tuple(
                msgspec.structs.replace(each, revoked_at=int(NOW)) if each.id == token_id else each
                for each in self._tokens()
            )
        )

    def account(self, ceiling: Ceiling) -> Account | None:
        return self.store.accounts.get(ceiling)

    async def sweep(self) -> int:
        return await self.store.sweep(self.now)

    async def aclose(self) -> None:
        return None

    def _tokens(self) -> tuple[Token, ...]:
        return self.store.known.tokens

    def _change(self, tokens: tuple[Token, ...]) -> None:
        known = self.store.known
        self.store.change(msgspec.structs.replace(known, revision=known.revision + 1, tokens=tokens))


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
TestMemoryMachine.settings = SETTINGS


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
