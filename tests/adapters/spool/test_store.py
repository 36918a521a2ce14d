import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.spool.world import SpooledWorld
from tests.contract.calls import CallContract
from tests.contract.store import NOW, StoreContract, call_record, hold_order, post_order
from waystation.adapters.spool import store as store_module
from waystation.adapters.spool.frames import MARK, Post
from waystation.adapters.spool.journal import JOURNAL_FILE, REFUSED_FILE, waiting
from waystation.wire.booking import ClaimOrder, Posted, PostOrder
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import HoldEnded, Misconfigured, StoreUnavailable


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[SpooledWorld]:
    world = SpooledWorld(tmp_path)
    await world.spooled.start()
    yield world
    await world.spooled.aclose()
    assert not world.inner.alive


class BesideWorld:
    """What other processes do to the store behind the one that is tested."""

    def __init__(self, behind: SpooledWorld) -> None:
        self.store = behind.spooled
        self.open_wallet, self.put_organization = behind.open_wallet, behind.put_organization
        self.put_node, self.put_token, self.revoke = behind.put_node, behind.put_token, behind.revoke
        self.account, self.accounts, self.transfer = behind.account, behind.accounts, behind.transfer
        self.top_up, self.refund, self.lend, self.crash = behind.top_up, behind.refund, behind.lend, behind.crash
        self.now = behind.now
        self._behind = behind

    async def sweep(self) -> int:
        return await self._behind.inner.sweep(self.now)


class TestSpooledStore(StoreContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[BesideWorld]:
        world = SpooledWorld(tmp_path, timeout_s=30)
        await world.spooled.start()
        yield BesideWorld(world)
        await world.spooled.aclose()


class TestCallsOfSpooledStore(CallContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[BesideWorld]:
        world = SpooledWorld(tmp_path, timeout_s=30)
        await world.spooled.start()
        yield BesideWorld(world)
        await world.spooled.aclose()


async def until(world: SpooledWorld, *, waiting_count: int) -> None:
    async with asyncio.timeout(10):
        while world.spooled.journal_count != waiting_count or (not waiting_count and world.spooled.lost):  # noqa: ASYNC110 - it does not tell
            await asyncio.sleep(0.01)


async def test_while_the_store_is_there_nothing_is_written_down(at: SpooledWorld) -> None:
    await at.spooled.hold(hold_order("hold_1", 40))
    assert await at.spooled.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
    await at.spooled.record(call_record())
    assert (at.spooled.healthy, at.spooled.journal_count, at.spooled.journal_bytes) == (True, 0, len(MARK))
    assert at.inner.postings["hold_1"].order == post_order("hold_1", 25)


async def test_a_store_that_is_lost_takes_no_new_calls_and_keeps_the_bills_of_running_ones(at: SpooledWorld) -> None:
    for number in range(3):
        await at.spooled.hold(hold_order(f"hold_{number}", 10))
    at.inner.broken = True
    assert await at.spooled.post(post_order("hold_0", 7)) == Posted("hold_0", 7)
    assert (at.spooled.lost, at.spooled.healthy) == (True, False)
    assert await at.spooled.post(post_order("hold_1", 8)) == Posted("hold_1", 8)
    await at.spooled.void("hold_2", at=NOW)
    assert waiting(at.folder / JOURNAL_FILE) == 3
    for refused in (at.spooled.hold, at.spooled.extend):
        with pytest.raises(StoreUnavailable) as told:
            await refused(None)  # type: ignore[arg-type]
        assert told.value.retry_after_s == 1
    at.inner.broken = False
    await until(at, waiting_count=0)
    assert {hold: entry.posted.amount_nanos for hold, entry in at.inner.postings.items()} == {"hold_0": 7, "hold_1": 8}
    assert at.inner.ended_holds == {"hold_2": "voided"}
    assert (at.folder / JOURNAL_FILE).read_bytes() == MARK
    await at.spooled.hold(hold_order("hold_9", 1))


async def test_a_record_does_not_come_before_its_bill(at: SpooledWorld) -> None:
    await at.spooled.hold(hold_order("hold_1", 10))
    at.inner.broken = True
    await at.spooled.post(post_order("hold_1", 7))
    await at.spooled.record(call_record("call_of_hold_1"))
    at.inner.broken = False
    assert at.inner.records == []
    await until(at, waiting_count=0)
    (record,) = at.inner.records
    assert (record.call_id, record.amount_nanos) == ("call_of_hold_1", 7)


async def test_a_store_that_does_not_answer_is_given_up_in_time(
    at: SpooledWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "BOOK_S", 0.3)
    await at.spooled.hold(hold_order("hold_1", 10))
    at.inner.mute = True
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(StoreUnavailable, match=r"within 0\.2 seconds"):
        await at.spooled.hold(hold_order("hold_2", 10))
    assert await at.spooled.post(post_order("hold_1", 7)) == Posted("hold_1", 7)
    assert loop.time() - began < 1
    at.inner.mute = False
    await until(at, waiting_count=0)
    assert at.inner.postings["hold_1"].posted.amount_nanos == 7  # once, though it was asked for twice
    assert at.inner.asked > 1


async def test_what_a_store_does_not_bound_itself_is_bounded(at: SpooledWorld) -> None:
    claim = ClaimOrder(
        digest=b"k", input_digest=b"i", call_id="call_1", hold_id="hold_1", at=NOW, expires_at=NOW + 86_400
    )
    assert await at.spooled.claim_key(claim) is None
    at.inner.mute = True
    with pytest.raises(StoreUnavailable, match=r"within 0\.2 seconds"):
        await at.spooled.claim_key(claim)


async def test_what_is_written_down_survives_the_process_and_is_booked_before_anybody_is_served(tmp_path: Path) -> None:
    world = SpooledWorld(tmp_path)
    await world.spooled.start()
    for number in range(20):
        await world.spooled.hold(hold_order(f"hold_{number}", 5))
    world.inner.broken = True
    await asyncio.gather(*(world.spooled.post(post_order(f"hold_{number}", 4)) for number in range(20)))
    await world.kill()
    world.inner.broken = False
    again = world.anew()
    await again.start()
    assert len(world.inner.postings) == 20
    assert (again.journal_count, (tmp_path / JOURNAL_FILE).read_bytes()) == (0, MARK)
    await again.aclose()


async def test_a_bill_whose_hold_has_expired_meanwhile_is_booked(at: SpooledWorld) -> None:
    await at.spooled.hold(hold_order("hold_1", 40, lasts_s=60))
    at.inner.broken = True
    await at.spooled.post(post_order("hold_1", 25))
    at.inner.broken = False
    await at.inner.sweep(NOW + 61)
    await until(at, waiting_count=0)
    assert at.inner.postings["hold_1"].posted == Posted("hold_1", 25)


async def test_a_bill_that_can_never_be_booked_is_set_aside(at: SpooledWorld, caplog: pytest.LogCaptureFixture) -> None:
    at.inner.broken = True
    await at.spooled.post(post_order("hold_nobody", 25))
    at.inner.broken = False
    await until(at, waiting_count=0)
    assert waiting(at.folder / REFUSED_FILE) == 1
    assert "booking refused" in caplog.text
    with pytest.raises(HoldEnded):
        await at.spooled.post(post_order("hold_nobody", 25))


async def test_a_full_journal_ends_calls_with_an_error_and_voids_with_none(tmp_path: Path) -> None:
    world = SpooledWorld(tmp_path, journal_bytes_max=len(MARK))
    await world.spooled.start()
    world.inner.broken = True
    with pytest.raises(StoreUnavailable, match="full"):
        await world.spooled.post(post_order("hold_1", 1))
    await world.spooled.void("hold_1", at=NOW)
    world.inner.broken = False
    await until(world, waiting_count=0)  # it found by itself that the store is back
    await world.spooled.hold(hold_order("hold_1", 1))
    await world.spooled.aclose()
    with pytest.raises(StoreUnavailable, match="closed"):
        await world.spooled._write_down(Post(post_order("hold_1", 1)))


async def test_what_is_not_booked_by_the_end_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = SpooledWorld(tmp_path)
    await world.spooled.start()
    await world.spooled.hold(hold_order("hold_1", 5))
    world.inner.broken = True
    await world.spooled.post(post_order("hold_1", 4))
    await world.spooled.aclose()
    assert waiting(tmp_path / JOURNAL_FILE) == 1
    assert "bookings are left in the journal" in caplog.text


async def test_a_store_that_is_lost_at_the_start_keeps_the_journal(tmp_path: Path) -> None:
    world = SpooledWorld(tmp_path)
    await world.spooled.start()
    await world.spooled.hold(hold_order("hold_1", 5))
    world.inner.broken = True
    await world.spooled.post(post_order("hold_1", 4))
    await world.kill()
    with pytest.raises(StoreUnavailable):
        await world.anew().start()
    assert not world.inner.alive
    assert waiting(tmp_path / JOURNAL_FILE) == 1


async def test_a_damaged_journal_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(b"not ours")
    with pytest.raises(Misconfigured, match="Keep a copy"):
        await SpooledWorld(tmp_path).spooled.start()


async def test_who_is_cancelled_while_it_writes_harms_nobody_else(at: SpooledWorld) -> None:
    for number in range(2):
        await at.spooled.hold(hold_order(f"hold_{number}", 5))
    at.inner.broken = True
    first, second = (asyncio.create_task(at.spooled.post(post_order(f"hold_{number}", 4))) for number in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == Posted("hold_1", 4)
    at.inner.broken = False
    await until(at, waiting_count=0)
    assert "hold_1" in at.inner.postings


async def test_what_is_written_down_while_the_store_is_asked_whether_it_is_back_is_not_taken_for_booked(
    at: SpooledWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at.spooled.hold(hold_order("hold_1", 5))
    asked, back = asyncio.Event(), asyncio.Event()
    post = at.inner.post

    async def failing(order: PostOrder) -> Posted:
        if not back.is_set():
            raise StoreUnavailable("The ledger can't be written right now.")
        return await post(order)

    async def asking(_hold_id: str, *, at: float) -> None:
        asked.set()
        await back.wait()
        assert at == 0

    monkeypatch.setattr(at.inner, "post", failing)
    monkeypatch.setattr(at.inner, "void", asking)
    at.spooled._lose(StoreUnavailable("lost"))
    await asked.wait()
    assert await at.spooled.post(post_order("hold_1", 4)) == Posted("hold_1", 4)
    back.set()
    await until(at, waiting_count=0)
    assert at.inner.postings["hold_1"].posted == Posted("hold_1", 4)


async def test_a_surprise_while_booking_is_logged_and_tried_again(
    at: SpooledWorld, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PAUSE_MAX_S", 0.01)
    await at.spooled.hold(hold_order("hold_1", 5))
    at.inner.broken = True
    await at.spooled.post(post_order("hold_1", 4))
    post, surprises = at.inner.post, [RuntimeError("what?")]

    async def surprising(order: PostOrder) -> Posted:
        if surprises:
            raise surprises.pop()
        return await post(order)

    monkeypatch.setattr(at.inner, "post", surprising)
    at.inner.broken = False
    await until(at, waiting_count=0)
    assert "journal not booked" in caplog.text


async def test_a_store_that_is_slow_to_book_is_waited_for_with_a_bound(
    at: SpooledWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "BOOK_S", 0.05)
    await at.spooled.hold(hold_order("hold_1", 5))
    at.inner.mute = True
    await at.spooled.post(post_order("hold_1", 4))
    await asyncio.sleep(0.2)
    assert at.spooled.lost
    at.inner.mute = False
    await until(at, waiting_count=0)


async def test_a_file_that_can_not_be_cut_is_booked_again(
    at: SpooledWorld, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no")

    await at.spooled.hold(hold_order("hold_1", 5))
    at.inner.broken = True
    await at.spooled.post(post_order("hold_1", 4))
    monkeypatch.setattr(at.spooled._journal, "cut", fail)
    at.inner.broken = False
    async with asyncio.timeout(10):
        while "journal not cut" not in caplog.text:  # noqa: ASYNC110 - it does not tell
            await asyncio.sleep(0.01)
    await at.kill()
    again = at.anew()
    await again.start()
    assert (len(at.inner.postings), again.journal_count) == (1, 0)
    await again.aclose()


async def test_a_change_of_the_catalogue_is_told(at: SpooledWorld) -> None:
    told: list[bool] = []
    at.spooled.on_change(lambda: told.append(True))
    at.inner.change(Catalogue(revision=2))
    assert told == [True]
    assert (await at.spooled.catalogue()).revision == 2


async def test_workers_have_journals_of_their_own_and_fewer_of_them_lose_no_bill(tmp_path: Path) -> None:
    world = SpooledWorld(tmp_path)
    workers = [world.anew(shared=True) for _ in range(3)]
    for number, worker in enumerate(workers):
        await worker.start()
        await worker.hold(hold_order(f"hold_{number}", 5))
    world.inner.broken = True
    for number, worker in enumerate(workers):
        await worker.post(post_order(f"hold_{number}", 4))
        await worker.aclose()
    assert [waiting(tmp_path / "workers" / name / JOURNAL_FILE) for name in "123"] == [1, 1, 1]
    world.inner.broken = False
    await world.spooled.start()  # by itself, without workers
    assert sorted(world.inner.postings) == ["hold_0", "hold_1", "hold_2"]
    assert [waiting(tmp_path / "workers" / name / JOURNAL_FILE) for name in "123"] == [0, 0, 0]
    await world.spooled.aclose()


async def test_a_worker_takes_over_what_a_server_by_itself_has_left(tmp_path: Path) -> None:
    world = SpooledWorld(tmp_path)
    await world.spooled.start()
    await world.spooled.hold(hold_order("hold_1", 5))
    world.inner.broken = True
    await world.spooled.post(post_order("hold_1", 4))
    await world.kill()
    world.inner.broken = False
    worker = world.anew(shared=True)
    await worker.start()
    assert list(world.inner.postings) == ["hold_1"]
    assert waiting(tmp_path / JOURNAL_FILE) == 0
    await worker.aclose()
