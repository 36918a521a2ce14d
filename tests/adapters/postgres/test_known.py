from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.adapters.postgres.world import PostgresWorld
from tests.contract.store import MONTH, NOW, WALLET, budget_ceiling, token
from waystation.adapters.postgres import known as known_module
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.known import Known
from waystation.adapters.postgres.link import Connection, Link
from waystation.ledger.posting import SOFT
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Budget


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = PostgresWorld()
    world.prepare()
    yield world
    world.leave()


@pytest.fixture
async def connection(world: PostgresWorld) -> AsyncIterator[Connection]:
    link = Link(address_of(world.url))
    yield await link.connection()
    await link.aclose()


async def learn(known: Known, connection: Connection, *ceilings: Ceiling, tokens: tuple[str, ...] = ("tok_1",)) -> None:
    await known.learn(connection, tokens=tokens, chains=[ceilings] if ceilings else [], holds=[])


async def test_live_tokens_are_remembered_until_the_catalogue_moves(
    world: PostgresWorld, connection: Connection
) -> None:
    known = Known()
    await learn(known, connection, tokens=("tok_1", "tok_9"))
    assert known.is_live("tok_1", NOW)
    assert not known.is_live("tok_9", NOW)
    world.put_token(token("tok_9", expires_at=int(NOW)))
    world.revoke("tok_1")
    assert known.is_live("tok_1", NOW)
    await learn(known, connection, tokens=("tok_1", "tok_9"))
    assert not known.is_live("tok_1", NOW)
    assert known.is_live("tok_9", NOW - 1)
    assert not known.is_live("tok_9", NOW)


async def test_a_window_is_opened_when_it_is_first_asked_for(world: PostgresWorld, connection: Connection) -> None:
    world.put_token(token(budget=Budget(60, "USD", "month")))
    assert world.account(budget_ceiling()) is None
    known = Known()
    await learn(known, connection, budget_ceiling(), WALLET)
    chain = known.chain((budget_ceiling(), WALLET))
    assert chain is not None
    assert chain.ceilings == (budget_ceiling(), WALLET)
    assert chain.currency == "USD"
    account = world.account(budget_ceiling())
    assert account is not None
    assert (account.credits_posted, account.slack) == (60, 0)


async def test_a_soft_budget_s_window_has_slack(world: PostgresWorld, connection: Connection) -> None:
    world.put_token(token(budget=Budget(60, "USD", "month", hard=False)))
    await learn(Known(), connection, budget_ceiling(), WALLET)
    account = world.account(budget_ceiling())
    assert account is not None
    assert account.slack == SOFT


async def test_what_has_no_account_is_named_and_looked_for_again(world: PostgresWorld, connection: Connection) -> None:
    known = Known()
    yuan = Ceiling("wallet", "org_1", "CNY")
    await learn(known, connection, budget_ceiling(), yuan)
    assert known.chain((budget_ceiling(), yuan)) is None
    assert known.missing((budget_ceiling(), yuan)) == budget_ceiling()
    assert known.missing((WALLET,)) == WALLET
    world.open_wallet("org_1", "CNY", 7)
    await learn(known, connection, yuan)
    assert known.chain((yuan,)) is not None


async def test_a_removed_budget_opens_no_window(world: PostgresWorld, connection: Connection) -> None:
    world.put_token(token(budget=Budget(60, "USD", "month")))
    world.sql("UPDATE budgets SET removed_at = 1")
    known = Known()
    await learn(known, connection, budget_ceiling(), WALLET)
    assert known.chain((budget_ceiling(), WALLET)) is None


async def test_holds_of_other_servers_are_read(world: PostgresWorld, connection: Connection) -> None:
    first = Known()
    await learn(first, connection, WALLET)
    chain = first.chain((WALLET,))
    assert chain is not None
    world.sql(
        "INSERT INTO holds (id, token_id, amount, chain, at, expires_at, run_id)"
        " SELECT 'hold_' || n, 'tok_1', 1, :chain, 0, 0, 'run' FROM generate_series(1, 2) AS n",
        chain=chain.text,
    )
    known = Known()
    await known.learn(connection, tokens=[], chains=[], holds=["hold_1", "hold_2", "hold_3"])
    assert known.chain_of("hold_1") == known.chain_of("hold_2") == chain
    assert known.chain_of("hold_3") is None
    known.ended("hold_1")
    assert known.chain_of("hold_1") is None


async def test_what_is_remembered_is_bounded(
    world: PostgresWorld, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCOUNTS_MAX", "CHAINS_MAX", "TOKENS_MAX", "HELD_MAX"):
        monkeypatch.setattr(known_module, name, 2)
    known = Known()
    world.put_token(token(budget=Budget(60, "USD", "month")))
    for number in range(5):
        world.put_token(token(f"tok_{number + 2}"))
        window = msgspec.structs.replace(budget_ceiling(), starts_at=MONTH + number)
        await learn(known, connection, window, WALLET, tokens=(f"tok_{number + 2}", "tok_1"))
        chain = known.chain((window, WALLET))
        assert chain is not None
        assert known.is_live("tok_1", NOW)
        known.opened(f"hold_{number}", chain)
    assert known.chain_of("hold_2") is None
    assert known.chain_of("hold_4") is not None
