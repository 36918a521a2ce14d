import asyncio
from pathlib import Path

import pytest

from tests.adapters.spool.test_frames import BOOKINGS
from waystation.adapters.spool import inheritance
from waystation.adapters.spool.frames import MARK, Booking
from waystation.adapters.spool.inheritance import Inheritance, folders, own_folder
from waystation.adapters.spool.journal import JOURNAL_FILE, Journal, waiting
from waystation.wire.errors import Misconfigured, StoreUnavailable


def left(folder: Path, bookings: list[Booking] = BOOKINGS) -> Path:
    """A journal that nobody has."""
    journal = Journal(folder / JOURNAL_FILE, bytes_max=1 << 20)
    journal.open()
    journal.append(bookings)
    journal.close()
    return folder / JOURNAL_FILE


class Books:
    def __init__(self) -> None:
        self.booked: list[Booking] = []
        self.broken = False

    async def book(self, bookings: list[Booking]) -> None:
        if self.broken:
            raise StoreUnavailable("The ledger is away.")
        self.booked += bookings


def test_each_worker_takes_the_first_folder_that_is_free(tmp_path: Path) -> None:
    journals: list[Journal] = []

    def take(folder: Path) -> None:
        journal = Journal(folder / JOURNAL_FILE, bytes_max=1 << 20)
        journal.open()
        journals.append(journal)

    assert [own_folder(tmp_path, take).name for _ in range(3)] == ["1", "2", "3"]
    journals[1].close()
    assert own_folder(tmp_path, take) == tmp_path / "workers" / "2"
    (tmp_path / "workers" / "notes").mkdir()
    assert [path.name for path in folders(tmp_path)[1:]] == ["1", "2", "3"]


def test_there_is_an_end_to_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inheritance, "WORKERS_MAX", 1)
    own = Journal(tmp_path / "workers" / "1" / JOURNAL_FILE, bytes_max=1 << 20)
    own.open()

    def take(folder: Path) -> None:
        Journal(folder / JOURNAL_FILE, bytes_max=0).open()

    with pytest.raises(Misconfigured, match="1 workers have a journal"):
        own_folder(tmp_path, take)


async def test_what_is_left_is_booked_once_and_what_somebody_has_is_let_be(tmp_path: Path) -> None:
    by_itself, gone = left(tmp_path), left(tmp_path / "workers" / "7", BOOKINGS[:1])
    lives = left(tmp_path / "workers" / "1")
    owner = Journal(lives, bytes_max=1 << 20)
    owner.open()
    books = Books()
    heir = Inheritance(tmp_path, books.book)
    await heir.take()
    assert books.booked == [*BOOKINGS, BOOKINGS[0]]
    assert (by_itself.read_bytes(), gone.read_bytes(), waiting(lives)) == (MARK, MARK, 3)
    await heir.take()
    assert len(books.booked) == 4


async def test_what_can_t_be_booked_now_stays(tmp_path: Path) -> None:
    path = left(tmp_path / "workers" / "2")
    books = Books()
    books.broken = True
    with pytest.raises(StoreUnavailable):
        await Inheritance(tmp_path, books.book).take()
    assert waiting(path) == 3
    books.broken = False
    await Inheritance(tmp_path, books.book).take()
    assert (books.booked, waiting(path)) == (BOOKINGS, 0)


async def test_a_damaged_one_keeps_nobody_from_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged, whole = left(tmp_path / "workers" / "1"), left(tmp_path / "workers" / "2")
    damaged.write_bytes(b"something else entirely, for some while")
    books = Books()
    await Inheritance(tmp_path, books.book).take()
    assert (books.booked, waiting(whole)) == (BOOKINGS, 0)
    assert damaged.read_bytes().startswith(b"something else")
    assert "can't be read" in caplog.text


async def test_it_looks_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inheritance, "LOOK_S", 0.01)
    books = Books()
    books.broken = True
    looking = asyncio.create_task(Inheritance(tmp_path, books.book).run())
    path = left(tmp_path / "workers" / "1")
    await asyncio.sleep(0.1)
    books.broken = False
    async with asyncio.timeout(10):
        while waiting(path):  # noqa: ASYNC110 - it does not tell
            await asyncio.sleep(0.01)
    looking.cancel()
    assert books.booked == BOOKINGS
