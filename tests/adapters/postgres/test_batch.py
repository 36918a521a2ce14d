from collections.abc import AsyncIterator

import pytest

from tests.adapters.postgres.world import PostgresWorld
from tests.contract.store import NOW, WALLET, available, budget_ceiling, extend_order, hold_order, post_order, token
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.batch import (
    AGAIN,
    BAR,
    CALL,
    EXPIRE,
    VOID,
    Again,
    Answer,
    Order,
    ReleaseOrder,
    answers,
    arguments,
)
from waystation.adapters.postgres.known import Known
from waystation.adapters.postgres.link import Connection, Link
from waystation.wire.booking import Held, HoldOrder, Posted, Refused
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded


class Desk:
    """Books one batch after the other, as the writer does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.known = Known()

    async def book(self, *orders: Order) -> list[Answer | Again] | None:
        await self.learn(*orders)
        return await self.send(*orders)

    async def learn(self, *orders: Order) -> None:
        holds = [order for order in orders if isinstance(order, HoldOrder)]
        others = [order.hold_id for order in orders if not isinstance(order, HoldOrder)]
        await self.known.learn(
            self.connection,
            tokens=[order.token_id for order in holds],
            chains=[order.ceilings for order in holds],
            holds=others,
        )

    async def send(self, *orders: Order) -> list[Answer | Again] | None:
        row = await self.connection.fetchrow(CALL, *arguments(orders, self.known, "run_1"))
        assert row is not None
        return None if row[0] is None else answers(orders, row, self.known)


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = PostgresWorld()
    world.prepare()
    world.put_token(token(budget=Budget(60, "USD", "month")))
    yield world
    world.leave()


@pytest.fixture
async def desk(world: PostgresWorld) -> AsyncIterator[Desk]:
    link = Link(address_of(world.url))
    yield Desk(await link.connection())
    await link.aclose()


async def test_each_order_of_a_batch_is_answered_by_itself(world: PostgresWorld, desk: Desk) -> None:
    both = (budget_ceiling(), WALLET)
    booked = await desk.book(
        hold_order("hold_1", 30, *both),
        hold_order("hold_2", 31, *both),
        hold_order("hold_3", 30, *both),
        hold_order("hold_4", 1, *both),
        hold_order("hold_5", 41),
        hold_order("hold_6", 40),
    )
    assert booked == [
        Held("hold_1", 30),
        Refused("budget", budget_ceiling(), 30, 60),
        Held("hold_3", 30),
        Refused("budget", budget_ceiling(), 0, 60),
        Refused("wallet", WALLET, 40, 100),
        Held("hold_6", 40),
    ]
    booked = await desk.book(
        post_order("hold_1", 50), extend_order("hold_3", 31), ReleaseOrder(VOID, "hold_6", NOW), post_order("hold_9", 1)
    )
    assert booked is not None
    assert booked[:3] == [Posted("hold_1", 30, 20), Refused("budget", budget_ceiling(), 0, 60), None]
    assert isinstance(booked[3], HoldEnded)
    assert (available(world, WALLET), available(world, budget_ceiling())) == (40, 0)


async def test_what_one_order_frees_the_next_may_take(desk: Desk) -> None:
    await desk.book(hold_order("hold_1", 100))
    booked = await desk.book(ReleaseOrder(VOID, "hold_1", NOW), hold_order("hold_2", 100))
    assert booked == [None, Held("hold_2", 100)]


async def test_a_batch_that_comes_twice_is_answered_twice_and_done_once(world: PostgresWorld, desk: Desk) -> None:
    for _ in range(2):
        assert await desk.book(hold_order("hold_1", 30), hold_order("hold_2", 5)) == [
            Held("hold_1", 30),
            Held("hold_2", 5),
        ]
    for _ in range(2):
        booked = await desk.book(post_order("hold_1", 10), ReleaseOrder(EXPIRE, "hold_2", NOW))
        assert booked == [Posted("hold_1", 10), None]
    assert available(world, WALLET) == 90
    assert world.sql("SELECT reason FROM releases") == [["expired"]]


async def test_a_barred_hold_never_comes(world: PostgresWorld, desk: Desk) -> None:
    await desk.book(hold_order("hold_1", 30))
    assert await desk.book(ReleaseOrder(BAR, "hold_1", NOW), ReleaseOrder(BAR, "hold_2", NOW)) == [None, None]
    booked = await desk.book(hold_order("hold_2", 30))
    assert booked is not None
    assert isinstance(booked[0], HoldEnded)
    assert available(world, WALLET) == 100
    assert world.sql("SELECT hold_id, amount, chain FROM releases ORDER BY hold_id")[1] == ["hold_2", 0, "[]"]


async def test_a_batch_for_an_older_catalogue_is_not_booked(world: PostgresWorld, desk: Desk) -> None:
    order = hold_order("hold_1", 30)
    await desk.learn(order)
    world.put_token(token("tok_2"))
    assert await desk.send(order) is None
    assert available(world, WALLET) == 100
    desk.known.forget()
    assert await desk.book(order) == [Held("hold_1", 30)]


async def test_what_ends_a_hold_cares_for_no_catalogue(world: PostgresWorld, desk: Desk) -> None:
    await desk.book(hold_order("hold_1", 30))
    world.put_token(token("tok_2"))
    assert await desk.book(post_order("hold_1", 10)) == [Posted("hold_1", 10)]


async def test_a_hold_whose_chain_is_not_known_is_asked_for_again(desk: Desk) -> None:
    await desk.learn(post_order("hold_1", 10), ReleaseOrder(VOID, "hold_2", NOW), extend_order("hold_3", 9))
    for number in (1, 2, 3):
        await desk.book(hold_order(f"hold_{number}", 5))
    orders = (post_order("hold_1", 10), ReleaseOrder(VOID, "hold_2", NOW), extend_order("hold_3", 9))
    assert await desk.send(*orders) == [AGAIN, AGAIN, AGAIN]
    assert await desk.book(*orders) == [Posted("hold_1", 10), None, Held("hold_3", 9)]


async def test_marks_tell_of_shortfalls(world: PostgresWorld, desk: Desk) -> None:
    await desk.book(hold_order("hold_1", 1), hold_order("hold_2", 1))
    await desk.book(post_order("hold_1", 200), post_order("hold_2", 200, marks=("usage_unheard",)))
    assert world.sql("SELECT marks FROM postings WHERE hold_id IS NOT NULL ORDER BY id") == [
        ['["shortfall"]'],
        ['["usage_unheard","shortfall"]'],
    ]


async def test_a_soft_budget_counts_and_refuses_nothing(world: PostgresWorld, desk: Desk) -> None:
    world.put_token(token(budget=Budget(5, "USD", "month", hard=False)))
    assert await desk.book(hold_order("hold_1", 30, budget_ceiling(), WALLET)) == [Held("hold_1", 30)]
    assert await desk.book(post_order("hold_1", 40)) == [Posted("hold_1", 40)]
    account = world.account(budget_ceiling())
    assert account is not None
    assert (account.credits_posted, account.debits_posted) == (5, 40)


async def test_a_credit_line_may_be_used_up_and_no_more(world: PostgresWorld, desk: Desk) -> None:
    world.sql("UPDATE accounts SET slack = 20 WHERE kind = 'wallet'")
    assert await desk.book(hold_order("hold_1", 120), hold_order("hold_2", 1)) == [
        Held("hold_1", 120),
        Refused("wallet", WALLET, 0, 120),
    ]
