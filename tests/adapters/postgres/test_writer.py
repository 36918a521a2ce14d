import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from rigs.postgres import Postgres
from tests.adapters.postgres.proxy import Proxy
from tests.adapters.postgres.world import PostgresWorld, started
from tests.cluster import cluster
from tests.contract.store import NOW, WALLET, available, extend_order, hold_order, post_order, settled
from waystation.adapters.postgres import writer as writer_module
from waystation.adapters.postgres.store import PostgresStore
from waystation.adapters.sql.engine import of_url
from waystation.adapters.sql.migrate import migrate
from waystation.wire.booking import Held, Posted, Refused
from waystation.wire.errors import HouseError, Overloaded, StoreUnavailable

T = TypeVar("T")

SOON_S = 2.0  # callers are told within two seconds that there is no ledger


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy(cluster().port)
    await proxy.start()
    yield proxy
    await proxy.aclose()


@pytest.fixture
async def beyond(proxy: Proxy) -> AsyncIterator[PostgresWorld]:
    """A world whose store reaches its database through the proxy."""
    world = PostgresWorld(port=proxy.port)
    world.prepare()
    await world.store.start()
    yield world
    await world.aclose()


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One of the test's own, to be killed: what it has answered must be on its disk."""
    folder = Path(tempfile.mkdtemp(prefix="waystation-mortal-"))
    server = Postgres(folder / "server", durable=True)
    server.start()
    database = of_url(server.create("waystation"))
    migrate(database)
    database.close()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def mortal(server: Postgres) -> AsyncIterator[PostgresWorld]:
    world = PostgresWorld(server)
    world.prepare()
    await world.store.start()
    yield world
    await world.aclose()


# A connection that breaks


@pytest.mark.parametrize("requests", [1, 2, 3])
async def test_holds_whose_answer_was_lost_are_held_once(beyond: PostgresWorld, proxy: Proxy, requests: int) -> None:
    await settled(beyond)
    proxy.cut_after = requests
    answers = await asyncio.gather(*(beyond.store.hold(hold_order(f"hold_{number}", 1)) for number in range(60)))
    assert {type(answer) for answer in answers} == {Held}
    assert available(beyond, WALLET) == 40
    assert proxy.cuts == 1


async def test_postings_whose_answer_was_lost_are_booked_once(beyond: PostgresWorld, proxy: Proxy) -> None:
    ids = [f"hold_{number}" for number in range(60)]
    await asyncio.gather(*(beyond.store.hold(hold_order(hold_id, 1)) for hold_id in ids))
    proxy.cut_after = 1
    answers = await asyncio.gather(*(beyond.store.post(post_order(hold_id, 1)) for hold_id in ids))
    assert answers == [Posted(hold_id, 1) for hold_id in ids]
    assert proxy.cuts == 1
    assert beyond.sql("SELECT count(*) FROM postings WHERE kind = 'usage'") == [[60]]
    assert available(beyond, WALLET) == 40


async def test_any_moment_of_a_cut_loses_nothing_and_doubles_nothing(beyond: PostgresWorld, proxy: Proxy) -> None:
    chance = random.Random(4)
    beyond.sql("UPDATE accounts SET credits_posted = 10000 WHERE kind = 'wallet'")
    cutting = asyncio.ensure_future(cut_now_and_then(proxy, chance))
    booked = 0
    for first in range(0, 9000, 20):
        calls = (one_call(beyond.store, number, chance) for number in range(first, first + 20))
        booked += sum(await asyncio.gather(*calls))
        if proxy.cuts >= 5:
            break
    cutting.cancel()
    proxy.cut_after = None
    await until_healthy(beyond.store)
    await until_free(beyond)
    account = beyond.account(WALLET)
    assert account is not None
    assert (account.debits_posted, account.debits_pending) == (booked, 0)
    assert beyond.sql("SELECT sum(amount) FROM postings WHERE kind = 'usage'") == [[booked]]
    assert proxy.cuts >= 5


async def one_call(store: PostgresStore, number: int, chance: random.Random) -> int:
    """What was booked for it. What is unanswered is asked again, as the journal does."""
    hold_id = f"hold_{number}"
    try:
        assert isinstance(await store.hold(hold_order(hold_id, 1)), Held)
        await asyncio.sleep(chance.random() / 50)
        if number % 3 == 1:
            await store.extend(extend_order(hold_id, 2))
    except StoreUnavailable:
        await again(lambda: store.void(hold_id, at=NOW))
        return 0
    if number % 3 == 0:
        await again(lambda: store.void(hold_id, at=NOW))
        return 0
    return (await again(lambda: store.post(post_order(hold_id, 1)))).amount_nanos


async def again(ask: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await ask()
        except StoreUnavailable:
            await asyncio.sleep(0.05)


async def cut_now_and_then(proxy: Proxy, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(0.1 + chance.random() / 2)
        if chance.random() < 0.3:
            proxy.cut()
        else:
            proxy.cut_after = chance.randrange(1, 4)


# A database that is away


async def test_a_killed_database_is_told_soon_and_nothing_is_lost(mortal: PostgresWorld, server: Postgres) -> None:
    await mortal.store.hold(hold_order("hold_1", 40))
    server.kill()
    for ask in (mortal.store.hold(hold_order("hold_2", 10)), mortal.store.post(post_order("hold_1", 25))):
        began = monotonic()
        with pytest.raises(StoreUnavailable):
            await ask
        assert monotonic() - began < SOON_S
    assert not mortal.store.healthy
    mortal.leave()
    server.start()
    await until_healthy(mortal.store)
    assert await mortal.store.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
    await until_free(mortal)
    assert available(mortal, WALLET) == 75


async def test_a_database_that_stands_still_is_told_soon_too(mortal: PostgresWorld, server: Postgres) -> None:
    await mortal.store.hold(hold_order("hold_1", 40))
    server.pause()
    began = monotonic()
    answers = await asyncio.gather(
        *(mortal.store.hold(hold_order(f"hold_{number}", 1)) for number in range(2, 12)),
        mortal.store.post(post_order("hold_1", 25)),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    assert monotonic() - began < SOON_S
    with pytest.raises(StoreUnavailable):  # at once from now on
        await mortal.store.hold(hold_order("hold_99", 1))
    server.resume()
    await until_healthy(mortal.store)
    assert await mortal.store.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
    await until_free(mortal)
    assert available(mortal, WALLET) == 75


async def test_a_store_whose_database_is_away_still_stops(mortal: PostgresWorld, server: Postgres) -> None:
    waiter = asyncio.ensure_future(mortal.store.hold(hold_order("hold_1", 40)))
    server.kill()
    async with asyncio.timeout(20):
        await mortal.store.aclose()
    await asyncio.gather(waiter, return_exceptions=True)
    mortal.leave()
    server.start()


# Others at the same accounts


async def test_who_locks_an_account_for_a_while_is_waited_for(world: PostgresWorld) -> None:
    world.sql("BEGIN")
    world.sql("SELECT id FROM accounts FOR UPDATE")
    waiter = asyncio.ensure_future(world.store.hold(hold_order("hold_1", 40)))
    await asyncio.sleep(0.3)
    assert not waiter.done()
    world.sql("COMMIT")
    assert await waiter == Held("hold_1", 40)


async def test_who_locks_one_for_long_is_not(world: PostgresWorld) -> None:
    world.sql("BEGIN")
    world.sql("SELECT id FROM accounts FOR UPDATE")
    began = monotonic()
    with pytest.raises(StoreUnavailable):
        await world.store.hold(hold_order("hold_1", 40))
    assert monotonic() - began < SOON_S
    world.sql("COMMIT")
    await until_free(world)
    assert available(world, WALLET) == 100


async def test_two_gateways_share_one_wallet(world: PostgresWorld) -> None:
    second = world.another()
    await second.start()
    stores = (world.store, second)
    orders = [hold_order(f"hold_{number}", 1) for number in range(400)]
    answers = await asyncio.gather(*(stores[number % 2].hold(order) for number, order in enumerate(orders)))
    assert [type(answer) for answer in answers].count(Held) == 100
    assert available(world, WALLET) == 0
    held = [answer for answer in answers if isinstance(answer, Held)]
    posted = await asyncio.gather(  # each by the other one
        *(stores[(number + 1) % 2].post(post_order(hold.hold_id, 1)) for number, hold in enumerate(held))
    )
    assert sum(each.amount_nanos for each in posted) == 100
    await second.aclose()


# Orders that go wrong


async def test_an_order_that_no_database_takes_does_not_take_others_with_it(world: PostgresWorld) -> None:
    answers = await asyncio.gather(
        *(world.store.hold(hold_order(hold_id, 1)) for hold_id in ("hold_1", "hold_\x00", "hold_\ud800", "hold_2")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Held, HouseError, HouseError, Held]
    assert available(world, WALLET) == 98


async def test_too_many_are_turned_away_and_what_ends_a_call_never(
    world: PostgresWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "WAITING_MAX", 5)
    await world.store.hold(hold_order("hold_0", 1))
    answers = await asyncio.gather(
        *(world.store.hold(hold_order(f"hold_{number}", 1)) for number in range(1, 20)),
        world.store.post(post_order("hold_0", 1)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[:-1]].count(Overloaded) >= 10
    assert answers[-1] == Posted("hold_0", 1)


async def test_a_posting_whose_waiter_is_cancelled_is_booked(world: PostgresWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    waiter = asyncio.ensure_future(world.store.post(post_order("hold_1", 25)))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    await settled(world)
    assert available(world, WALLET) == 75


async def test_a_revocation_between_two_tries_frees_what_the_first_one_held(
    beyond: PostgresWorld, proxy: Proxy
) -> None:
    await settled(beyond)
    proxy.cut_after = 2  # the sub-token is looked up, and the batch is sent
    waiter = asyncio.ensure_future(beyond.store.hold(hold_order("hold_1", 40)))
    while not proxy.cuts:  # noqa: ASYNC110 - the proxy tells nobody
        await asyncio.sleep(0.005)
    beyond.revoke("tok_1")
    assert await waiter in {Held("hold_1", 40), Refused("token_revoked")}
    if waiter.result() == Refused("token_revoked"):
        await until_free(beyond)
        assert available(beyond, WALLET) == 100


async def until_free(world: PostgresWorld) -> None:
    """Every hold whose caller was told that there is no answer has ended, those too that came late."""
    free = 0
    async with asyncio.timeout(20):
        while free < 5:
            free = free + 1 if world.sql("SELECT count(*) FROM holds") == [[0]] else 0
            await asyncio.sleep(0.1)


async def until_healthy(store: PostgresStore) -> None:
    async with asyncio.timeout(20):
        while not store.healthy:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
