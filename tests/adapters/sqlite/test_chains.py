from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import WALLET, budget_ceiling, token
from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.chains import Chain, Chains
from waystation.wire.booking import Ceiling, Refused
from waystation.wire.catalogue import Budget


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.put_token(token(budget=Budget(60, "USD", "month")))
    yield world
    world.leave()


def opened(chains: Chains, *ceilings: Ceiling) -> Chain:
    chain = chains.of(ceilings)
    assert isinstance(chain, Chain)
    return chain


def test_a_chain_names_the_accounts_of_its_ceilings(world: SqliteWorld) -> None:
    chain = opened(Chains(world.beside), budget_ceiling(), WALLET)
    names = [accounts.read(world.beside, account_id).kind for account_id in chain.ids]
    assert names == ["budget", "wallet"]
    assert chain.ceilings == (budget_ceiling(), WALLET)
    assert chain.wallet_id == chain.ids[1]
    assert chain.text == f"[{chain.ids[0]},{chain.ids[1]}]"
    assert accounts.read(world.beside, chain.revenue_id).name == "revenue:USD"


def test_a_chain_is_found_again_by_its_text(world: SqliteWorld) -> None:
    chain = opened(Chains(world.beside), budget_ceiling(), WALLET)
    assert Chains(world.beside).stored(chain.text) == chain


def test_what_was_rolled_back_can_be_opened_again(world: SqliteWorld) -> None:
    chains = Chains(world.beside)
    world.beside.execute("BEGIN")
    opened(chains, budget_ceiling(), WALLET)
    world.beside.execute("ROLLBACK")
    chains.forget()
    chain = opened(chains, budget_ceiling(), WALLET)
    assert accounts.read(world.beside, chain.ids[0]).available == 60


def test_what_is_not_set_up_refuses(world: SqliteWorld) -> None:
    yuan = Ceiling("wallet", "org_1", "CNY")
    daily = budget_ceiling(period="day")
    assert Chains(world.beside).of((yuan,)) == Refused("no_wallet", yuan)
    assert Chains(world.beside).of((daily, WALLET)) == Refused("budget", daily)


@pytest.mark.parametrize(
    "ceilings", [(), (budget_ceiling(),), (WALLET, WALLET), (budget_ceiling(), budget_ceiling(), WALLET)]
)
def test_an_order_that_makes_no_sense_is_refused_loudly(world: SqliteWorld, ceilings: tuple[Ceiling, ...]) -> None:
    with pytest.raises(ValueError, match="one wallet"):
        Chains(world.beside).of(ceilings)
