"""What every store must do, as one suite: a store's test file inherits it and says how to make its world.

Money is in nanos; organization "org_1" (ORGANIZATION) has a wallet of 100 USD-nanos and token "tok_1" without a budget.
The text of its stored responses may be kept for 30 days.
"""

import asyncio
from typing import Final, Protocol

import msgspec
import pytest

from waystation.ledger.posting import AMOUNT_MAX, SOFT, Account
from waystation.ports import Store
from waystation.wire.booking import Ceiling, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused
from waystation.wire.catalogue import Budget, Node, NodeKind, Organization, Period, Token
from waystation.wire.errors import HoldEnded, RequestTooLarge
from waystation.wire.price import Price
from waystation.wire.record import CallRecord
from waystation.wire.stored import TEXT_BYTES_MAX, StoredResponse
from waystation.wire.usage import Usage

NOW = 1_795_000_000.0
MONTH = 1_793_491_200  # its month's beginning
DAY = 86_400
WALLET = Ceiling("wallet", "org_1", "USD")
NODES: Final[tuple[NodeKind, ...]] = ("department", "project", "member")
ORGANIZATION = Organization("org_1", "acme", retain_responses_days=30)


class World(Protocol):
    """A store, and what other processes do beside it. `now` is what the store's clock tells."""

    now: float

    @property
    def store(self) -> Store: ...

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None: ...

    def put_organization(self, organization: Organization) -> None: ...

    def put_node(self, node: Node) -> None: ...

    def put_token(self, token: Token) -> None:
        """Add a token of an organization that has a wallet, or replace the one with its id."""
        ...

    def revoke(self, token_id: str) -> None: ...

    def account(self, ceiling: Ceiling) -> Account | None: ...

    def accounts(self) -> dict[Ceiling, Account]:
        """Every wallet, and every window of a budget that was opened."""
        ...

    # Bookings by hand, on the wallet in USD. False: there is not so much, and nothing was booked. What is lent is not
    # given on.

    def top_up(self, nanos: int) -> bool: ...

    def refund(self, nanos: int) -> bool: ...

    def lend(self, nanos: int) -> bool:
        """Set the credit line."""
        ...

    def transfer(self, source: Ceiling, target: Ceiling, nanos: int) -> bool:
        """From one budget's open window to another's."""
        ...

    async def sweep(self) -> int: ...

    async def crash(self) -> None:
        """The store dies as by SIGKILL and is started anew; what it had held has expired then."""
        ...


def token(token_id: str = "tok_1", budget: Budget | None = None, *, expires_at: int | None = None) -> Token:
    """With one budget or none, which is named after it."""
    return Token(
        id=token_id,
        name=token_id,
        organization_id="org_1",
        digest=token_id.encode().ljust(32, b"."),
        hint="…",
        budgets=() if budget is None else (named(budget, token_id),),
        expires_at=expires_at,
    )


def node(kind: NodeKind, budget: Budget | None = None) -> Node:
    """The one of its kind. The token stands below none of them: a store holds on the ceilings that it is given."""
    budgets = () if budget is None else (named(budget, kind),)
    return Node(id=kind, kind=kind, name=kind, organization_id="org_1", budgets=budgets)


def named(budget: Budget, owner_id: str) -> Budget:
    return msgspec.structs.replace(budget, id=f"bud_{owner_id}")


def budget_ceiling(owner_id: str = "tok_1", period: Period = "month", currency: str = "USD") -> Ceiling:
    return Ceiling("budget", f"bud_{owner_id}", currency, period, 0 if period == "total" else MONTH)


def hold_order(
    hold_id: str, amount: int, *ceilings: Ceiling, token_id: str = "tok_1", at: float = NOW, lasts_s: float = 600
) -> HoldOrder:
    return HoldOrder(
        hold_id=hold_id,
        token_id=token_id,
        ceilings=ceilings or (WALLET,),
        amount_nanos=amount,
        at=at,
        expires_at=at + lasts_s,
    )


def extend_order(hold_id: str, amount: int, *, expires_at: float | None = None) -> ExtendOrder:
    return ExtendOrder(hold_id=hold_id, amount_nanos=amount, at=NOW + 1, expires_at=expires_at)


CHAIN: Final = ("tok_1", "member", "project", "department", "org_1")


def put_chain(world: World, amounts: dict[str, int]) -> None:
    """A monthly budget for everybody in CHAIN."""
    budgets = {owner: Budget(nanos, "USD", "month") for owner, nanos in amounts.items()}
    world.put_token(token("tok_1", budgets["tok_1"]))
    for kind in NODES:
        world.put_node(node(kind, budgets[kind]))
    world.put_organization(msgspec.structs.replace(ORGANIZATION, budgets=(named(budgets["org_1"], "org_1"),)))


def post_order(
    hold_id: str, amount: int, *, estimated: bool = False, marks: tuple[str, ...] = (), late: bool = False
) -> PostOrder:
    """With a basis that comes to the amount: a million tokens at a price of as much."""
    price = Price(currency="USD", input=0, output=max(0, min(amount, AMOUNT_MAX)))
    usage = Usage(input_tokens=0, output_tokens=1_000_000)
    basis = msgspec.structs.replace(call_record(f"call_of_{hold_id}"), usage=usage, price=price)
    return PostOrder(
        hold_id=hold_id,
        call_id=basis.call_id,
        amount_nanos=amount,
        estimated=estimated,
        marks=marks,
        at=NOW + 1,
        basis=msgspec.json.encode(basis),
        late=late,
    )


def call_record(call_id: str = "call_1") -> CallRecord:
    return CallRecord(
        call_id=call_id,
        at=NOW,
        organization_id="org_1",
        token_id="tok_1",
        dialect="openai.chat",
        request_model="gpt-4o",
        stream=True,
        outcome="ok",
        status=200,
    )


def stored_response(
    response_id: str = "resp_1", *, organization_id: str = "org_1", lasts_s: float = 30 * DAY
) -> StoredResponse:
    """Of a vendor that keeps nothing."""
    return StoredResponse(
        id=response_id,
        organization_id=organization_id,
        token_id="tok_1",
        model="gpt-4o",
        created_at=NOW,
        expires_at=NOW + lasts_s,
        previous_id="resp_0",
        input_items='[{"role":"user","content":"你好，世界"}]'.encode(),
        output=b'[{"type":"message"}]',
        body=b'{"object":"response"}',
    )


def stored_elsewhere(response_id: str = "resp_1", *, lasts_s: float = 30 * DAY) -> StoredResponse:
    """Of a vendor that stores it itself."""
    return msgspec.structs.replace(
        stored_response(response_id, lasts_s=lasts_s),
        upstream_id="up_1",
        key_fingerprint="0a1b2c3d",
        vendor_response_id="resp_of_the_vendor",
        input_items=None,
        output=None,
        body=None,
    )


class StoreContract:
    """Subclasses give the fixture `world`: a running store with the wallet and the token of above."""

    # Holds

    async def test_a_hold_takes_from_every_ceiling(self, world: World) -> None:
        world.put_token(token(budget=Budget(60, "USD", "month")))
        held = await world.store.hold(hold_order("hold_1", 40, budget_ceiling(), WALLET))
        assert held == Held("hold_1", 40)
        assert available(world, WALLET) == 60
        assert available(world, budget_ceiling()) == 20

    async def test_all_that_is_left_may_be_held(self, world: World) -> None:
        assert await world.store.hold(hold_order("hold_1", 100)) == Held("hold_1", 100)

    async def test_an_empty_wallet_refuses(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 70))
        assert await world.store.hold(hold_order("hold_2", 31)) == Refused("wallet", WALLET, 30, 100)

    @pytest.mark.parametrize("budget_first", [True, False])
    async def test_a_refused_hold_reserves_nothing_anywhere(self, world: World, *, budget_first: bool) -> None:
        world.put_token(token(budget=Budget(60, "USD", "month")))
        ceilings = (budget_ceiling(), WALLET) if budget_first else (WALLET, budget_ceiling())
        answer = await world.store.hold(hold_order("hold_1", 61, *ceilings))
        assert answer == Refused("budget", budget_ceiling(), 60, 60)
        assert available(world, WALLET) == 100

    async def test_a_currency_without_a_wallet_refuses(self, world: World) -> None:
        yuan = Ceiling("wallet", "org_1", "CNY")
        assert await world.store.hold(hold_order("hold_1", 1, yuan)) == Refused("no_wallet", yuan)

    async def test_a_budget_that_the_token_does_not_have_refuses(self, world: World) -> None:
        world.put_token(token(budget=Budget(60, "CNY", "month")))
        answer = await world.store.hold(hold_order("hold_1", 1, budget_ceiling(), WALLET))
        assert answer == Refused("budget", budget_ceiling(), 0, 0)

    async def test_windows_of_a_budget_are_counted_apart(self, world: World) -> None:
        world.put_token(token(budget=Budget(10, "USD", "month")))
        december = Ceiling("budget", "bud_tok_1", "USD", "month", 1_796_083_200)
        assert await world.store.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET)) == Held("hold_1", 10)
        assert await world.store.hold(hold_order("hold_2", 10, december, WALLET)) == Held("hold_2", 10)

    async def test_200_at_once_against_a_budget_for_10(self, world: World) -> None:
        world.put_token(token(budget=Budget(10, "USD", "month")))
        orders = [hold_order(f"hold_{number}", 1, budget_ceiling(), WALLET) for number in range(200)]
        answers = await asyncio.gather(*(world.store.hold(order) for order in orders))
        assert [type(answer) for answer in answers].count(Held) == 10
        assert [answer for answer in answers if isinstance(answer, Refused)] == [
            Refused("budget", budget_ceiling(), 0, 10)
        ] * 190
        assert available(world, budget_ceiling()) == 0
        assert available(world, WALLET) == 90

    async def test_a_hold_of_nothing_is_held_even_from_nothing(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 100))
        assert await world.store.hold(hold_order("hold_2", 0)) == Held("hold_2", 0)
        assert await world.store.post(post_order("hold_2", 0)) == Posted("hold_2", 0)

    @pytest.mark.parametrize("amount", [AMOUNT_MAX + 1, 2**63 - 1, 2**63, 2**64 + 1, 10**30])
    async def test_a_hold_that_is_too_large_for_any_account_refuses(self, world: World, amount: int) -> None:
        assert await world.store.hold(hold_order("hold_1", amount)) == Refused("wallet", WALLET, 100, 100)
        assert available(world, WALLET) == 100

    async def test_the_largest_amounts_are_exact(self, world: World) -> None:
        world.open_wallet("org_1", "JPY", AMOUNT_MAX)
        yen = Ceiling("wallet", "org_1", "JPY")
        assert await world.store.hold(hold_order("hold_1", AMOUNT_MAX, yen)) == Held("hold_1", AMOUNT_MAX)
        assert await world.store.post(post_order("hold_1", AMOUNT_MAX - 1)) == Posted("hold_1", AMOUNT_MAX - 1)
        assert available(world, yen) == 1

    async def test_a_negative_hold_is_refused_loudly(self, world: World) -> None:
        with pytest.raises(ValueError, match="-1"):
            await world.store.hold(hold_order("hold_1", -1))

    @pytest.mark.parametrize("ceilings", [(budget_ceiling(),), (WALLET, Ceiling("wallet", "org_2", "USD"))])
    async def test_a_hold_needs_exactly_one_wallet(self, world: World, ceilings: tuple[Ceiling, ...]) -> None:
        with pytest.raises(ValueError, match="one wallet"):
            await world.store.hold(hold_order("hold_1", 1, *ceilings))

    async def test_an_order_that_comes_twice_holds_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 30))
        assert await world.store.hold(hold_order("hold_1", 30)) == Held("hold_1", 30)
        assert available(world, WALLET) == 70

    async def test_an_id_is_never_used_for_another_hold(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 30))
        with pytest.raises(HoldEnded):
            await world.store.hold(hold_order("hold_1", 31))
        await world.store.post(post_order("hold_1", 30))
        with pytest.raises(HoldEnded):
            await world.store.hold(hold_order("hold_1", 30))
        await world.store.hold(hold_order("hold_2", 30))
        await world.store.void("hold_2", at=NOW)
        with pytest.raises(HoldEnded):
            await world.store.hold(hold_order("hold_2", 30))
        assert available(world, WALLET) == 70

    # Tokens

    async def test_an_unknown_token_is_refused(self, world: World) -> None:
        answer = await world.store.hold(hold_order("hold_1", 1, token_id="tok_9"))
        assert answer == Refused("token_revoked")

    async def test_a_revoked_token_is_refused_at_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 1))
        world.revoke("tok_1")
        assert await world.store.hold(hold_order("hold_2", 1)) == Refused("token_revoked")

    async def test_a_call_that_began_before_the_revocation_is_still_billed(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 10))
        world.revoke("tok_1")
        assert await world.store.post(post_order("hold_1", 10)) == Posted("hold_1", 10)

    async def test_a_token_expires_to_the_second(self, world: World) -> None:
        world.put_token(token(expires_at=int(NOW)))
        assert await world.store.hold(hold_order("hold_1", 1, at=NOW - 0.001)) == Held("hold_1", 1)
        assert await world.store.hold(hold_order("hold_2", 1, at=NOW)) == Refused("token_revoked")

    # Budgets that change

    async def test_a_raised_budget_reaches_its_open_window(self, world: World) -> None:
        world.put_token(token(budget=Budget(10, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET))
        world.put_token(token(budget=Budget(15, "USD", "month")))
        assert await world.store.hold(hold_order("hold_2", 5, budget_ceiling(), WALLET)) == Held("hold_2", 5)

    async def test_a_lowered_budget_refuses_and_still_pays_what_is_held(self, world: World) -> None:
        world.put_token(token(budget=Budget(10, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET))
        world.put_token(token(budget=Budget(4, "USD", "month")))
        answer = await world.store.hold(hold_order("hold_2", 0, budget_ceiling(), WALLET))
        assert answer == Refused("budget", budget_ceiling(), -6, 4)
        assert await world.store.post(post_order("hold_1", 12)) == Posted("hold_1", 10, 2)

    # Chains

    @pytest.mark.parametrize("owner", ["tok_1", "member", "project", "department", "org_1"])
    async def test_the_one_ceiling_that_lacks_is_named_and_nothing_is_reserved(self, world: World, owner: str) -> None:
        amounts = dict.fromkeys(CHAIN, 100) | {owner: 5}
        put_chain(world, amounts)
        ceilings = tuple(budget_ceiling(each) for each in CHAIN)
        answer = await world.store.hold(hold_order("hold_1", 6, *ceilings, WALLET))
        assert answer == Refused("budget", budget_ceiling(owner), 5, 5)
        assert {each: available(world, budget_ceiling(each)) for each in CHAIN} == amounts
        assert available(world, WALLET) == 100
        assert await world.store.hold(hold_order("hold_1", 5, *ceilings, WALLET)) == Held("hold_1", 5)
        answer = await world.store.extend(extend_order("hold_1", 6))
        assert answer == Refused("budget", budget_ceiling(owner), 0, 5)
        assert await world.store.post(post_order("hold_1", 7)) == Posted("hold_1", 5, 2)
        assert available(world, WALLET) == 95

    async def test_of_several_that_lack_the_first_is_named(self, world: World) -> None:
        put_chain(world, dict.fromkeys(CHAIN, 100) | {"project": 5, "org_1": 4})
        ceilings = tuple(budget_ceiling(each) for each in CHAIN)
        answer = await world.store.hold(hold_order("hold_1", 6, *ceilings, WALLET))
        assert answer == Refused("budget", budget_ceiling("project"), 5, 5)
        answer = await world.store.hold(hold_order("hold_1", 6, *reversed(ceilings), WALLET))
        assert answer == Refused("budget", budget_ceiling("org_1"), 4, 4)

    async def test_200_at_once_of_many_tokens_against_a_department_for_10(self, world: World) -> None:
        world.put_node(node("department", Budget(10, "USD", "month")))
        for number in range(10):
            world.put_token(token(f"tok_{number}", Budget(100, "USD", "month")))
        department = budget_ceiling("department")
        orders = [
            hold_order(f"hold_{number}", 1, budget_ceiling(token_id), department, WALLET, token_id=token_id)
            for number in range(200)
            for token_id in [f"tok_{number % 10}"]
        ]
        answers = await asyncio.gather(*(world.store.hold(order) for order in orders))
        assert [type(answer) for answer in answers].count(Held) == 10
        assert {answer for answer in answers if isinstance(answer, Refused)} == {Refused("budget", department, 0, 10)}
        assert (available(world, department), available(world, WALLET)) == (0, 90)

    async def test_two_budgets_of_one_owner_are_both_ceilings(self, world: World) -> None:
        daily, monthly = Budget(5, "USD", "total", id="bud_a"), Budget(50, "USD", "month", id="bud_b")
        world.put_node(msgspec.structs.replace(node("department"), budgets=(daily, monthly)))
        ceilings = (Ceiling("budget", "bud_a", "USD", "total"), Ceiling("budget", "bud_b", "USD", "month", MONTH))
        answer = await world.store.hold(hold_order("hold_1", 6, *ceilings, WALLET))
        assert answer == Refused("budget", ceilings[0], 5, 5)

    async def test_a_soft_budget_counts_and_refuses_nothing(self, world: World) -> None:
        world.put_node(node("department", Budget(10, "USD", "month", hard=False)))
        department = budget_ceiling("department")
        assert await world.store.hold(hold_order("hold_1", 60, department, WALLET)) == Held("hold_1", 60)
        assert await world.store.extend(extend_order("hold_1", 70)) == Held("hold_1", 70)
        assert await world.store.post(post_order("hold_1", 80)) == Posted("hold_1", 80)
        account = world.account(department)
        assert account is not None
        assert (account.credits_posted, account.debits_posted, account.slack) == (10, 80, SOFT)
        assert await world.store.hold(hold_order("hold_2", 21, department, WALLET)) == Refused(
            "wallet", WALLET, 20, 100
        )

    async def test_a_soft_budget_may_be_made_hard_and_back(self, world: World) -> None:
        world.put_node(node("department", Budget(10, "USD", "month", hard=False)))
        department = budget_ceiling("department")
        await world.store.hold(hold_order("hold_1", 60, department, WALLET))
        world.put_node(node("department", Budget(10, "USD", "month")))
        answer = await world.store.hold(hold_order("hold_2", 1, department, WALLET))
        assert answer == Refused("budget", department, -50, 10)
        world.put_node(node("department", Budget(10, "USD", "month", hard=False)))
        assert await world.store.hold(hold_order("hold_2", 1, department, WALLET)) == Held("hold_2", 1)

    async def test_a_budget_that_was_taken_away_opens_no_window(self, world: World) -> None:
        world.put_node(node("department", Budget(10, "USD", "month")))
        world.put_node(node("department"))
        answer = await world.store.hold(hold_order("hold_1", 1, budget_ceiling("department"), WALLET))
        assert answer == Refused("budget", budget_ceiling("department"))

    # Money that comes and goes by hand

    async def test_a_credit_line_is_there_to_be_held(self, world: World) -> None:
        assert world.lend(50)
        assert await world.store.hold(hold_order("hold_1", 151)) == Refused("wallet", WALLET, 150, 150)
        assert await world.store.hold(hold_order("hold_1", 140)) == Held("hold_1", 140)
        assert not world.lend(39)
        assert world.lend(40)
        assert await world.store.extend(extend_order("hold_1", 141)) == Refused("wallet", WALLET, 0, 140)
        assert await world.store.post(post_order("hold_1", 140)) == Posted("hold_1", 140)

    async def test_a_top_up_is_there_for_the_next_call(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 100))
        assert await world.store.hold(hold_order("hold_2", 5)) == Refused("wallet", WALLET, 0, 100)
        assert world.top_up(7)
        assert await world.store.hold(hold_order("hold_2", 5)) == Held("hold_2", 5)
        assert await world.store.post(post_order("hold_1", 103)) == Posted("hold_1", 102, 1)

    async def test_what_is_held_is_not_refunded(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 60))
        assert not world.refund(41)
        assert world.refund(40)
        assert await world.store.hold(hold_order("hold_2", 1)) == Refused("wallet", WALLET, 0, 100)
        assert await world.store.post(post_order("hold_1", 60)) == Posted("hold_1", 60)

    async def test_what_one_budget_gives_another_takes(self, world: World) -> None:
        for kind in ("department", "project"):
            world.put_node(node(kind, Budget(10, "USD", "month")))
        department, project = budget_ceiling("department"), budget_ceiling("project")
        for number, ceiling in enumerate((department, project)):
            await world.store.hold(hold_order(f"hold_{number}", 4, ceiling, WALLET))
        assert not world.transfer(department, project, 7)
        assert world.transfer(department, project, 6)
        answer = await world.store.hold(hold_order("hold_2", 1, department, WALLET))
        assert answer == Refused("budget", department, 0, 10)
        assert await world.store.hold(hold_order("hold_3", 12, project, WALLET)) == Held("hold_3", 12)
        world.put_node(node("project", Budget(15, "USD", "month")))
        assert available(world, project) == 5  # what it was given stays

    # Holds that grow

    async def test_an_extended_hold_takes_more_from_every_ceiling(self, world: World) -> None:
        world.put_token(token(budget=Budget(60, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 20, budget_ceiling(), WALLET))
        assert await world.store.extend(extend_order("hold_1", 50)) == Held("hold_1", 50)
        assert available(world, WALLET) == 50
        assert available(world, budget_ceiling()) == 10

    async def test_all_that_is_left_may_be_added(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20))
        assert await world.store.extend(extend_order("hold_1", 100)) == Held("hold_1", 100)

    async def test_an_extension_that_one_ceiling_lacks_changes_nothing(self, world: World) -> None:
        world.put_token(token(budget=Budget(60, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 20, WALLET, budget_ceiling()))
        answer = await world.store.extend(extend_order("hold_1", 61, expires_at=NOW + 900))
        assert answer == Refused("budget", budget_ceiling(), 40, 60)
        assert available(world, WALLET) == 80
        assert await world.store.post(post_order("hold_1", 20)) == Posted("hold_1", 20)

    async def test_an_extension_names_the_wallet_if_it_lacks(self, world: World) -> None:
        world.put_token(token(budget=Budget(500, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 20, budget_ceiling(), WALLET))
        assert await world.store.extend(extend_order("hold_1", 101)) == Refused("wallet", WALLET, 80, 100)

    async def test_an_extension_may_come_twice(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20))
        for _ in range(2):
            assert await world.store.extend(extend_order("hold_1", 50)) == Held("hold_1", 50)
        assert await world.store.extend(extend_order("hold_1", 30)) == Held("hold_1", 50)
        assert await world.store.extend(extend_order("hold_1", 60)) == Held("hold_1", 60)
        assert available(world, WALLET) == 40

    async def test_extensions_that_come_twice_at_once_reserve_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20))
        orders = [extend_order("hold_1", 50 + number % 3) for number in range(20)]
        await asyncio.gather(*(world.store.extend(order) for order in orders))
        assert available(world, WALLET) == 48
        assert await world.store.post(post_order("hold_1", 52)) == Posted("hold_1", 52)

    async def test_a_posting_uses_what_was_added(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20))
        await world.store.extend(extend_order("hold_1", 60))
        await world.store.hold(hold_order("hold_2", 40))
        assert await world.store.post(post_order("hold_1", 70)) == Posted("hold_1", 60, 10)
        assert available(world, WALLET) == 0

    async def test_a_void_frees_what_was_added(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20))
        await world.store.extend(extend_order("hold_1", 60))
        await world.store.void("hold_1", at=NOW)
        assert available(world, WALLET) == 100

    async def test_a_hold_grows_and_ends_in_the_same_moment(self, world: World) -> None:
        await asyncio.gather(
            world.store.hold(hold_order("hold_1", 20)),
            world.store.extend(extend_order("hold_1", 30)),
            world.store.extend(extend_order("hold_1", 40)),
            world.store.post(post_order("hold_1", 35)),
        )
        assert available(world, WALLET) == 65

    async def test_200_at_once_grow_against_a_wallet_for_10_more(self, world: World) -> None:
        world.open_wallet("org_1", "CNY", 210)
        yuan = Ceiling("wallet", "org_1", "CNY")
        ids = [f"hold_{number}" for number in range(200)]
        await asyncio.gather(*(world.store.hold(hold_order(hold_id, 1, yuan)) for hold_id in ids))
        answers = await asyncio.gather(*(world.store.extend(extend_order(hold_id, 2)) for hold_id in ids))
        assert [type(answer) for answer in answers].count(Held) == 10
        assert {answer for answer in answers if isinstance(answer, Refused)} == {Refused("wallet", yuan, 0, 210)}
        assert available(world, yuan) == 0

    async def test_an_extension_moves_the_expiry_on_and_never_back(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 20, lasts_s=60))
        await world.store.hold(hold_order("hold_2", 20, lasts_s=60))
        await world.store.extend(extend_order("hold_1", 20, expires_at=NOW + 120))
        await world.store.extend(extend_order("hold_1", 30, expires_at=NOW + 90))
        await world.store.extend(extend_order("hold_2", 30, expires_at=NOW + 30))
        world.now = NOW + 60
        await world.sweep()
        with pytest.raises(HoldEnded, match="expired"):
            await world.store.extend(extend_order("hold_2", 40))
        world.now = NOW + 119
        await world.sweep()
        assert await world.store.extend(extend_order("hold_1", 40)) == Held("hold_1", 40)
        world.now = NOW + 120
        await world.sweep()
        assert available(world, WALLET) == 100

    async def test_a_hold_that_has_ended_does_not_grow(self, world: World) -> None:
        for number in (1, 2):
            await world.store.hold(hold_order(f"hold_{number}", 10))
        await world.store.post(post_order("hold_1", 10))
        await world.store.void("hold_2", at=NOW)
        for hold_id, how in (("hold_1", "posted"), ("hold_2", "voided"), ("hold_3", "no hold")):
            with pytest.raises(HoldEnded, match=how):
                await world.store.extend(extend_order(hold_id, 20))
        assert available(world, WALLET) == 90

    async def test_a_call_that_began_before_the_revocation_may_grow(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 10))
        world.revoke("tok_1")
        assert await world.store.extend(extend_order("hold_1", 20)) == Held("hold_1", 20)

    async def test_an_extension_below_a_lowered_budget_is_refused(self, world: World) -> None:
        world.put_token(token(budget=Budget(10, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 8, budget_ceiling(), WALLET))
        world.put_token(token(budget=Budget(4, "USD", "month")))
        assert await world.store.extend(extend_order("hold_1", 9)) == Refused("budget", budget_ceiling(), -4, 4)
        assert await world.store.extend(extend_order("hold_1", 8)) == Held("hold_1", 8)

    @pytest.mark.parametrize("amount", [AMOUNT_MAX + 1, 2**63, 10**30])
    async def test_an_extension_that_is_too_large_for_any_account_refuses(self, world: World, amount: int) -> None:
        await world.store.hold(hold_order("hold_1", 10))
        assert await world.store.extend(extend_order("hold_1", amount)) == Refused("wallet", WALLET, 90, 100)

    async def test_a_negative_extension_is_refused_loudly(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 10))
        with pytest.raises(ValueError, match="-1"):
            await world.store.extend(extend_order("hold_1", -1))

    async def test_an_extension_that_nobody_waits_for_leaves_the_hold(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 10))
        waiter = asyncio.ensure_future(world.store.extend(extend_order("hold_1", 20)))
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait([waiter])
        await settled(world)
        assert await world.store.post(post_order("hold_1", 5)) == Posted("hold_1", 5)
        assert available(world, WALLET) == 95

    # Postings

    async def test_a_posting_takes_what_was_used_and_frees_the_rest(self, world: World) -> None:
        world.put_token(token(budget=Budget(60, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 40, budget_ceiling(), WALLET))
        assert await world.store.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
        assert available(world, WALLET) == 75
        assert available(world, budget_ceiling()) == 35

    async def test_a_posting_that_comes_twice_books_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        first = await world.store.post(post_order("hold_1", 25))
        assert await world.store.post(post_order("hold_1", 99)) == first
        assert available(world, WALLET) == 75

    async def test_postings_that_come_twice_at_once_book_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        answers = await asyncio.gather(*(world.store.post(post_order("hold_1", 25)) for _ in range(20)))
        assert set(answers) == {Posted("hold_1", 25)}
        assert available(world, WALLET) == 75

    async def test_a_bill_above_its_hold_takes_what_the_accounts_have(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        assert await world.store.post(post_order("hold_1", 70)) == Posted("hold_1", 70)
        assert available(world, WALLET) == 30

    @pytest.mark.parametrize("amount", [71, 2**40])
    async def test_what_no_account_covers_is_a_shortfall(self, world: World, amount: int) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        await world.store.hold(hold_order("hold_2", 30))
        posted = await world.store.post(post_order("hold_1", amount))
        assert posted == Posted("hold_1", 70, amount - 70)
        assert available(world, WALLET) == 0
        assert await world.store.post(post_order("hold_1", amount)) == posted

    async def test_an_absurd_bill_is_cut_before_it_is_booked(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        assert await world.store.post(post_order("hold_1", 10**30)) == Posted("hold_1", 100, AMOUNT_MAX - 100)

    async def test_the_narrowest_account_bounds_a_bill(self, world: World) -> None:
        world.put_token(token(budget=Budget(50, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 40, budget_ceiling(), WALLET))
        assert await world.store.post(post_order("hold_1", 70)) == Posted("hold_1", 50, 20)
        assert available(world, WALLET) == 50

    async def test_a_negative_posting_is_refused_and_ends_nothing(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        with pytest.raises(ValueError, match="-1"):
            await world.store.post(post_order("hold_1", -1))
        assert await world.store.post(post_order("hold_1", 25)) == Posted("hold_1", 25)

    async def test_without_a_hold_nothing_is_posted(self, world: World) -> None:
        with pytest.raises(HoldEnded, match="hold_1"):
            await world.store.post(post_order("hold_1", 1))

    # Voiding and expiry

    async def test_a_void_frees_everything(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        await world.store.void("hold_1", at=NOW)
        assert available(world, WALLET) == 100

    async def test_a_voided_hold_can_not_be_posted(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        await world.store.void("hold_1", at=NOW)
        with pytest.raises(HoldEnded, match="voided"):
            await world.store.post(post_order("hold_1", 1))
        assert available(world, WALLET) == 100

    async def test_a_hold_that_has_ended_is_not_voided(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        await world.store.post(post_order("hold_1", 25))
        await world.store.void("hold_1", at=NOW)
        await world.store.void("hold_2", at=NOW)
        assert available(world, WALLET) == 75

    async def test_a_void_that_comes_twice_frees_once(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        await world.store.void("hold_1", at=NOW)
        await world.store.void("hold_1", at=NOW)
        assert available(world, WALLET) == 100

    async def test_a_hold_expires_and_can_not_be_posted_then(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40, lasts_s=60))
        await world.store.hold(hold_order("hold_2", 10, lasts_s=61))
        world.now = NOW + 60
        await world.sweep()
        assert available(world, WALLET) == 90
        with pytest.raises(HoldEnded, match="expired"):
            await world.store.post(post_order("hold_1", 1))
        assert await world.store.post(post_order("hold_2", 1)) == Posted("hold_2", 1)

    async def test_a_hold_that_nobody_waits_for_is_freed(self, world: World) -> None:
        waiters = [asyncio.ensure_future(world.store.hold(hold_order(f"hold_{number}", 1))) for number in range(50)]
        for waiter in waiters[::2]:
            waiter.cancel()
            await asyncio.sleep(0)
        answers = await asyncio.gather(*waiters, return_exceptions=True)
        taken = sum(isinstance(answer, Held) for answer in answers)
        await settled(world)
        assert available(world, WALLET) == 100 - taken

    # Stored responses

    @pytest.mark.parametrize("stored", [stored_response(), stored_elsewhere()])
    async def test_a_response_that_is_kept_is_found(self, world: World, stored: StoredResponse) -> None:
        await world.store.keep_response(stored)
        assert await found(world) == stored

    async def test_nothing_and_empty_text_are_kept_apart(self, world: World) -> None:
        stored = msgspec.structs.replace(stored_response(), input_items=b"", output=None, body=b"\xff\x00")
        await world.store.keep_response(stored)
        assert await found(world) == stored

    async def test_a_huge_text_is_kept(self, world: World) -> None:
        stored = msgspec.structs.replace(stored_response(), output=b"x" * (20 * 1024 * 1024))
        await world.store.keep_response(stored)
        assert await found(world) == stored

    async def test_a_text_past_its_bound_is_refused(self, world: World) -> None:
        text = b"x" * (TEXT_BYTES_MAX // 2)
        stored = msgspec.structs.replace(stored_response(), input_items=text, output=text)
        with pytest.raises(RequestTooLarge, match=str(TEXT_BYTES_MAX)):
            await world.store.keep_response(stored)
        assert await found(world) is None

    @pytest.mark.parametrize("response_id", ["resp_2", "", "响应", "resp_1\x00", "\ud800", "' OR 1=1 --"])
    async def test_an_id_that_was_never_kept_is_not_found(self, world: World, response_id: str) -> None:
        await world.store.keep_response(stored_response())
        assert await found(world, response_id) is None
        assert not await world.store.drop_response("org_1", response_id)

    async def test_another_organization_s_response_is_not_there(self, world: World) -> None:
        theirs = stored_response(organization_id="org_2")
        await world.store.keep_response(theirs)
        assert await found(world) is None
        assert not await world.store.drop_response("org_1", "resp_1")
        await world.store.keep_response(stored_elsewhere())
        assert await found(world) == stored_elsewhere()
        assert await world.store.find_response("org_2", "resp_1", at=NOW) == theirs

    async def test_a_response_that_is_kept_again_takes_its_place(self, world: World) -> None:
        await world.store.keep_response(stored_response())
        await world.store.keep_response(stored_response())
        later = msgspec.structs.replace(stored_response(), body=b'{"status":"cancelled"}')
        await world.store.keep_response(later)
        assert await found(world) == later

    async def test_a_response_is_dropped_once(self, world: World) -> None:
        await world.store.keep_response(stored_response())
        await world.store.keep_response(stored_response("resp_2"))
        assert await world.store.drop_response("org_1", "resp_1")
        assert not await world.store.drop_response("org_1", "resp_1")
        assert await found(world) is None
        assert await found(world, "resp_2") == stored_response("resp_2")

    async def test_a_response_expires_to_the_second(self, world: World) -> None:
        await world.store.keep_response(stored_response(lasts_s=60))
        assert await found(world, at=NOW + 59.999) is not None
        assert await found(world, at=NOW + 60) is None

    async def test_expired_responses_are_swept(self, world: World) -> None:
        for stored in (stored_response(lasts_s=60), stored_elsewhere("resp_2", lasts_s=60), stored_response("resp_3")):
            await world.store.keep_response(stored)
        world.now = NOW + 60
        await world.sweep()
        assert await found(world, at=NOW) is None
        assert await found(world, "resp_2", at=NOW) is None
        assert await found(world, "resp_3") == stored_response("resp_3")

    async def test_a_lowered_retention_takes_the_text_that_is_older(self, world: World) -> None:
        younger = msgspec.structs.replace(stored_response("resp_2"), created_at=NOW + 1)
        for stored in (stored_response(), younger, stored_elsewhere("resp_3")):
            await world.store.keep_response(stored)
        world.now = NOW + 7 * DAY
        world.put_organization(msgspec.structs.replace(ORGANIZATION, retain_responses_days=7))
        await world.sweep()
        assert await found(world) is None
        assert await found(world, "resp_2") == younger
        assert await found(world, "resp_3") == stored_elsewhere("resp_3")

    async def test_responses_are_kept_and_found_at_once(self, world: World) -> None:
        ids = [f"resp_{number}" for number in range(200)]
        await asyncio.gather(*(world.store.keep_response(stored_response(response_id)) for response_id in ids))
        answers = await asyncio.gather(*(found(world, response_id) for response_id in ids))
        assert answers == [stored_response(response_id) for response_id in ids]
        dropped = await asyncio.gather(*(world.store.drop_response("org_1", "resp_7") for _ in range(20)))
        assert dropped.count(True) == 1

    # The rest of the port

    async def test_a_record_is_taken(self, world: World) -> None:
        await world.store.record(call_record())

    async def test_the_catalogue_is_one_value(self, world: World) -> None:
        before = await world.store.catalogue()
        world.put_token(token("tok_2"))
        after = await world.store.catalogue()
        assert [each.id for each in before.tokens] == ["tok_1"]
        assert [each.id for each in after.tokens] == ["tok_1", "tok_2"]
        assert after.revision > before.revision

    async def test_a_change_is_told_to_every_listener(self, world: World) -> None:
        told = [asyncio.Event(), asyncio.Event()]
        for event in told:
            world.store.on_change(event.set)
        await settled(world)
        for event in told:
            event.clear()
        world.put_token(token("tok_2"))
        async with asyncio.timeout(30):
            await asyncio.gather(*(event.wait() for event in told))


async def settled(world: World) -> None:
    """What was asked of the store before has been done: whatever comes after it is answered."""
    for _ in range(3):
        await world.store.void("hold_none", at=NOW)


async def found(world: World, response_id: str = "resp_1", *, at: float = NOW) -> StoredResponse | None:
    return await world.store.find_response("org_1", response_id, at=at)


def available(world: World, ceiling: Ceiling) -> int:
    account = world.account(ceiling)
    assert account is not None
    return account.available
