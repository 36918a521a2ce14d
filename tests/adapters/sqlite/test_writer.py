import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import WALLET, available, hold_order, post_order
from waystation.adapters.sqlite import writer as writer_module
from waystation.adapters.sqlite.bookings import Books
from waystation.adapters.sqlite.durability import Durability
from waystation.adapters.sqlite.writer import Writer, void
from waystation.wire.booking import Held, Posted
from waystation.wire.errors import HoldEnded, HouseError, Overloaded, StoreUnavailable

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    yield world
    world.leave()


@pytest.fixture
async def writer(world: SqliteWorld) -> AsyncIterator[Writer]:
    writer = writer_of(world)
    writer.start()
    yield writer
    await writer.aclose()


def writer_of(world: SqliteWorld, durability: Durability = "process", timeout_s: float = 30) -> Writer:
    return Writer(
        world.ledger_path,
        run_id="run_1",
        durability=durability,
        timeout_s=timeout_s,
        now=lambda: world.now,
        changed=lambda: None,
    )


@contextmanager
def locked(world: SqliteWorld) -> Iterator[None]:
    """As if another process wrote for a while: what is asked of the writer meanwhile becomes one batch."""
    world.beside.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        world.beside.execute("ROLLBACK")


async def start_of_batch(writer: Writer) -> "asyncio.Future[Held]":
    """Something for the writer to wait with while more comes in."""
    first = writer.submit(Books.hold, hold_order("hold_first", 1))
    await asyncio.sleep(0.02)
    return first


def break_in_two(books: Books, _argument: object) -> None:
    books.hold(hold_order("hold_broken", 1))
    raise sqlite3.IntegrityError("broken on purpose")


def divide_by_zero(_books: Books, _argument: object) -> float:
    return 1 / 0


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_what_waits_together_is_booked_together(world: SqliteWorld, durability: Durability) -> None:
    writer = writer_of(world, durability)
    writer.start()
    with locked(world):
        first = await start_of_batch(writer)
        answers = [writer.submit(Books.hold, hold_order(f"hold_{number}", 1)) for number in range(40)]
    assert await first == Held("hold_first", 1)
    assert await asyncio.gather(*answers) == [Held(f"hold_{number}", 1) for number in range(40)]
    await writer.aclose()


def thread_name(_books: Books, _argument: object) -> str:
    return threading.current_thread().name


@pytest.mark.parametrize(("durability", "booked_by"), [("process", "MainThread"), ("power", "waystation-ledger")])
async def test_the_loop_books_by_itself_unless_it_must_wait_for_the_disk(
    world: SqliteWorld, durability: Durability, booked_by: str
) -> None:
    writer = writer_of(world, durability)
    writer.start()
    assert await writer.submit(thread_name, None) == booked_by
    together = [writer.submit(thread_name, None) for _ in range(2)]
    assert await asyncio.gather(*together) == [booked_by] * 2
    await writer.aclose()


async def test_the_thread_books_what_the_loop_can_not(
    world: SqliteWorld, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "ON_LOOP_MAX", 2)
    many = [writer.submit(thread_name, None) for _ in range(3)]
    assert await asyncio.gather(*many) == ["waystation-ledger"] * 3
    with locked(world):
        waiting = writer.submit(thread_name, None)
        await asyncio.sleep(0.02)
        behind = writer.submit(thread_name, None)
    assert [await waiting, await behind] == ["waystation-ledger"] * 2


async def test_who_comes_with_others_waits_for_more_but_not_for_ever(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = 0
    begin = Books.begin

    def counted(books: Books, **known: bool) -> bool:
        nonlocal transactions
        transactions += 1
        return begin(books, **known)

    monkeypatch.setattr(Books, "begin", counted)

    async def ask(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        number: int = await writer.submit(lambda _books, _argument: transactions, None)
        return number

    first, *others = await asyncio.gather(ask(0), ask(0), ask(1), ask(2), ask(8))
    assert others[:2] == [first] * 2
    assert others[3] > first


@pytest.mark.parametrize("broken", [break_in_two, divide_by_zero])
async def test_a_job_that_breaks_takes_no_other_with_it(
    world: SqliteWorld, writer: Writer, broken: writer_module.Action
) -> None:
    with locked(world):
        first = await start_of_batch(writer)
        before = writer.submit(Books.hold, hold_order("hold_1", 10))
        failing = writer.submit(broken, None)
        after = writer.submit(Books.post, post_order("hold_1", 5))
    with pytest.raises(HouseError, match="refused a booking"):
        await failing
    assert (await first, await before, await after) == (
        Held("hold_first", 1),
        Held("hold_1", 10),
        Posted("hold_1", 5),
    )
    assert available(world, WALLET) == 100 - 1 - 5


@pytest.mark.parametrize("broken", [break_in_two, divide_by_zero])
async def test_what_the_loop_fails_at_is_the_thread_s(
    world: SqliteWorld, writer: Writer, broken: writer_module.Action
) -> None:
    held = writer.submit(Books.hold, hold_order("hold_1", 10))
    failing = writer.submit(broken, None)
    by = writer.submit(thread_name, None)
    with pytest.raises(HouseError, match="refused a booking"):
        await failing
    assert (await held, await by) == (Held("hold_1", 10), "waystation-ledger")
    assert available(world, WALLET) == 100 - 10


async def test_orders_that_come_twice_in_one_batch_are_each_answered(world: SqliteWorld, writer: Writer) -> None:
    await writer.submit(Books.hold, hold_order("hold_old", 1))
    await writer.submit(Books.post, post_order("hold_old", 1))
    with locked(world):
        first = await start_of_batch(writer)
        answers = [
            writer.submit(action, order)
            for action, order in (
                (Books.hold, hold_order("hold_1", 10)),
                (Books.hold, hold_order("hold_1", 10)),
                (Books.hold, hold_order("hold_1", 11)),
                (Books.hold, hold_order("hold_old", 1)),
                (Books.post, post_order("hold_1", 4)),
                (Books.post, post_order("hold_1", 5)),
                (Books.hold, hold_order("hold_1", 10)),
                (Books.hold, hold_order("hold_2", 20)),
                (void, ("hold_2", world.now)),
                (Books.post, post_order("hold_2", 20)),
                (Books.hold, hold_order("hold_3", 30)),
            )
        ]
    outcomes = await asyncio.gather(first, *answers, return_exceptions=True)
    assert [type(each) if isinstance(each, HoldEnded) else each for each in outcomes] == [
        Held("hold_first", 1),
        *(Held("hold_1", 10), Held("hold_1", 10), HoldEnded, HoldEnded),
        *(Posted("hold_1", 4), Posted("hold_1", 4), HoldEnded),
        *(Held("hold_2", 20), None, HoldEnded),
        Held("hold_3", 30),
    ]
    assert available(world, WALLET) == 100 - 1 - 1 - 4 - 30


async def test_more_holds_than_can_wait_are_refused_but_nothing_that_ends_one(
    world: SqliteWorld, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "WAITING_MAX", 3)
    with locked(world):
        waiting = [writer.submit(Books.hold, hold_order(f"hold_{number}", 1), bounded=True) for number in range(3)]
        with pytest.raises(Overloaded):
            writer.submit(Books.hold, hold_order("hold_3", 1), bounded=True)
        posted = writer.submit(Books.post, post_order("hold_1", 1))
    await asyncio.gather(*waiting)
    assert await posted == Posted("hold_1", 1)
    assert await writer.submit(Books.hold, hold_order("hold_4", 1), bounded=True) == Held("hold_4", 1)


async def test_a_file_that_stays_locked_is_unavailable_until_it_is_free(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PATIENCE_S", 0.05)
    writer = writer_of(world)
    writer.start()
    with locked(world):
        with pytest.raises(StoreUnavailable):
            await writer.submit(Books.hold, hold_order("hold_1", 1))
        assert not writer.healthy
    assert await writer.submit(Books.hold, hold_order("hold_1", 1)) == Held("hold_1", 1)
    assert writer.healthy
    await writer.aclose()


async def test_a_file_that_is_locked_for_a_moment_is_waited_for(world: SqliteWorld, writer: Writer) -> None:
    with locked(world):
        held = writer.submit(Books.hold, hold_order("hold_1", 1))
        await asyncio.sleep(0.1)
        assert not held.done()
    assert await held == Held("hold_1", 1)


async def test_who_waits_for_too_long_is_told_and_what_was_asked_is_done_all_the_same(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    writer = writer_of(world, timeout_s=0.2)
    writer.start()
    assert await writer.submit(Books.hold, hold_order("hold_1", 30)) == Held("hold_1", 30)
    with locked(world):
        held = writer.submit(Books.hold, hold_order("hold_2", 30))
        posted = writer.submit(Books.post, post_order("hold_1", 20))
        for waiting in (held, posted):
            with pytest.raises(StoreUnavailable, match=r"within 0\.2 seconds"):
                await waiting
    await writer.aclose()
    assert available(world, WALLET) == 80  # the hold that nobody knew of was freed
    assert "failed" not in caplog.text


async def test_health_comes_back_without_a_call(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "PATIENCE_S", 0.05)
    monkeypatch.setattr(writer_module, "SWEEP_S", 0.0)
    writer = writer_of(world)
    writer.start()
    with locked(world), pytest.raises(StoreUnavailable):
        await writer.submit(Books.hold, hold_order("hold_1", 1))
    async with asyncio.timeout(30):
        while not writer.healthy:  # noqa: ASYNC110 - another thread does it, and tells nobody
            await asyncio.sleep(0.02)
    await writer.aclose()


async def test_the_log_does_not_grow_without_end(
    world: SqliteWorld, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "LOG_PAGES", 50)
    for number in range(200):
        await writer.submit(Books.hold, hold_order(f"hold_{number}", 0))
    log = world.ledger_path.with_name("ledger.db-wal")
    assert log.stat().st_size < 200 * 4 * 4096


async def test_what_was_asked_before_the_end_is_done(world: SqliteWorld) -> None:
    writer = writer_of(world)
    writer.start()
    futures = [writer.submit(Books.hold, hold_order(f"hold_{number}", 1)) for number in range(30)]
    for future in futures[::2]:
        future.cancel()  # their holds are granted, and voided
    await writer.aclose()
    assert all(future.done() for future in futures)
    assert available(world, WALLET) == 100 - 15
    with pytest.raises(StoreUnavailable):
        writer.submit(Books.hold, hold_order("hold_99", 1))


async def test_a_full_disk_is_unavailable_until_there_is_room(world: SqliteWorld) -> None:
    """The limit on a file's size is a disk that is full for one process only, so it is set in another."""
    world.leave()
    script = ROOT / "tests/adapters/sqlite/full_disk.py"
    command = [sys.executable, "-m", f"tests.adapters.sqlite.{script.stem}", str(world.data_dir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: ASYNC221 - nothing else runs
    assert done.stdout.splitlines() == ["held", "StoreUnavailable", "posted", "differences: []"], done.stderr


async def test_a_loop_that_is_gone_does_not_stop_the_thread(world: SqliteWorld) -> None:
    def abandon() -> Writer:
        async def begin() -> Writer:
            writer = writer_of(world)
            writer.start()
            writer.submit(Books.hold, hold_order("hold_1", 1))
            return writer

        return asyncio.run(begin())

    writer = await asyncio.to_thread(abandon)
    async with asyncio.timeout(30):
        while available(world, WALLET) == 100:  # noqa: ASYNC110 - another thread does it, and tells nobody
            await asyncio.sleep(0.02)
    writer._jobs.put(None)
    await asyncio.to_thread(writer._join)
