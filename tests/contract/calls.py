"""What every store must do for calls that come again, and for bills that come late. Worlds are those of `store`."""

import msgspec
import pytest

from tests.contract.store import DAY, NOW, WALLET, World, available, budget_ceiling, hold_order, post_order, token
from waystation.ledger.call_key import UNHELD_S
from waystation.wire.booking import ClaimOrder, Held, Posted, PostOrder, Taken
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded


def claim(number: int = 1, *, digest: bytes = b"key", at: float = NOW) -> ClaimOrder:
    return ClaimOrder(
        digest=digest.ljust(32, b"."),
        input_digest=b"input".ljust(32, b"."),
        call_id=f"call_of_hold_{number}",
        hold_id=f"hold_{number}",
        at=at,
        expires_at=at + DAY,
    )


def taken_by(order: ClaimOrder, posted: int | None = None) -> Taken:
    if posted is None:
        return Taken(order.call_id, order.input_digest, "open")
    return Taken(order.call_id, order.input_digest, "done", posted, "USD")


def late(hold_id: str, amount: int) -> PostOrder:
    return msgspec.structs.replace(post_order(hold_id, amount), late=True)


class CallContract:
    # Idempotency keys

    async def test_a_key_is_claimed_by_one_call(self, world: World) -> None:
        store = world.store
        assert await store.claim_key(claim(1)) is None
        assert await store.claim_key(claim(1)) is None
        assert await store.claim_key(claim(2)) == taken_by(claim(1))
        assert await store.claim_key(claim(2, digest=b"other")) is None

    async def test_a_call_that_holds_money_has_its_key(self, world: World) -> None:
        store = world.store
        await store.claim_key(claim(1))
        await store.hold(hold_order("hold_1", 10))
        assert await store.claim_key(claim(2, at=NOW + UNHELD_S + 1)) == taken_by(claim(1))

    async def test_a_call_that_was_billed_has_its_key_until_it_is_forgotten(self, world: World) -> None:
        store = world.store
        await store.claim_key(claim(1))
        await store.hold(hold_order("hold_1", 10))
        await store.post(post_order("hold_1", 7))
        assert await store.claim_key(claim(2, at=NOW + DAY - 1)) == taken_by(claim(1), 7)
        assert await store.claim_key(claim(2, at=NOW + DAY)) is None
        assert await store.claim_key(claim(3, at=NOW + DAY)) == taken_by(claim(2))

    async def test_a_call_that_cost_nothing_frees_its_key(self, world: World) -> None:
        store = world.store
        await store.claim_key(claim(1))
        await store.hold(hold_order("hold_1", 10))
        await store.void("hold_1", at=NOW)
        assert await store.claim_key(claim(2)) is None
        await store.hold(hold_order("hold_2", 10, lasts_s=60))
        world.now = NOW + 61
        assert await world.sweep() == 1
        assert await store.claim_key(claim(3)) is None

    async def test_a_call_that_goes_on_to_another_hold_takes_its_key_with_it(self, world: World) -> None:
        store = world.store
        await store.claim_key(claim(1))
        await store.hold(hold_order("hold_1", 10))
        await store.void("hold_1", at=NOW)
        following = msgspec.structs.replace(claim(1), hold_id="hold_1.1")
        assert await store.claim_key(following) is None
        assert await store.claim_key(claim(2)) == taken_by(claim(1))
        await store.hold(hold_order("hold_1.1", 20))
        await store.post(post_order("hold_1.1", 17))
        assert await store.claim_key(claim(2)) == taken_by(claim(1), 17)
        assert available(world, WALLET) == 83

    async def test_a_claim_that_was_never_followed_by_a_hold_is_given_up(self, world: World) -> None:
        store = world.store
        await store.claim_key(claim(1))
        assert await store.claim_key(claim(2, at=NOW + UNHELD_S - 1)) == taken_by(claim(1))
        assert await store.claim_key(claim(2, at=NOW + UNHELD_S)) is None

    async def test_a_key_is_freed_by_its_own_call_only_and_not_once_it_holds_money(self, world: World) -> None:
        store = world.store
        digest = claim().digest
        await store.claim_key(claim(1))
        await store.free_key(digest, claim(2).call_id)
        assert await store.claim_key(claim(2)) == taken_by(claim(1))
        await store.free_key(digest, claim(1).call_id)
        assert await store.claim_key(claim(2)) is None
        await store.hold(hold_order("hold_2", 10))
        await store.free_key(digest, claim(2).call_id)
        assert await store.claim_key(claim(3)) == taken_by(claim(2))
        await store.free_key(b"nobody's".ljust(32, b"."), claim(2).call_id)

    async def test_what_is_past_its_time_is_swept_by_who_claims(self, world: World) -> None:
        for number in range(5):
            await world.store.claim_key(claim(number, digest=b"key_%d" % number))
        assert await world.store.claim_key(claim(9, digest=b"other", at=NOW + DAY)) is None
        assert await world.store.claim_key(claim(8, digest=b"key_3", at=NOW + DAY)) is None

    # Late bills

    async def test_a_late_bill_ends_a_hold_that_is_open(self, world: World) -> None:
        await world.store.hold(hold_order("hold_1", 40))
        assert await world.store.post(late("hold_1", 25)) == Posted("hold_1", 25)
        assert available(world, WALLET) == 75

    @pytest.mark.parametrize(("owed", "posted"), [(25, Posted("hold_1", 25)), (100, Posted("hold_1", 70, 30))])
    async def test_a_late_bill_is_booked_although_its_hold_has_expired(
        self, world: World, owed: int, posted: Posted
    ) -> None:
        store = world.store
        await store.hold(hold_order("hold_1", 40, lasts_s=60))
        world.now = NOW + 61
        assert await world.sweep() == 1
        assert isinstance(await store.hold(hold_order("hold_2", 30)), Held)
        assert await store.post(late("hold_1", owed)) == posted
        assert await store.post(late("hold_1", owed)) == posted
        assert await store.post(post_order("hold_1", owed)) == posted
        assert available(world, WALLET) == 70 - posted.amount_nanos
        await store.void("hold_2", at=NOW)

    async def test_a_late_bill_counts_for_every_budget_of_its_hold(self, world: World) -> None:
        world.put_token(token(budget=Budget(50, "USD", "month")))
        await world.store.hold(hold_order("hold_1", 40, budget_ceiling(), WALLET, lasts_s=60))
        world.now = NOW + 61
        await world.sweep()
        assert await world.store.post(late("hold_1", 30)) == Posted("hold_1", 30)
        assert (available(world, budget_ceiling()), available(world, WALLET)) == (20, 70)

    async def test_a_late_bill_is_for_what_expired_and_not_for_what_was_given_back(self, world: World) -> None:
        store = world.store
        await store.hold(hold_order("hold_1", 40))
        await store.void("hold_1", at=NOW)
        with pytest.raises(HoldEnded):
            await store.post(late("hold_1", 25))
        with pytest.raises(HoldEnded):
            await store.post(late("hold_none", 25))
