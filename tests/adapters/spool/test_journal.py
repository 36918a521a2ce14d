import errno
import os
from pathlib import Path

import pytest

from tests.adapters.spool.test_frames import BOOKINGS
from waystation.adapters.spool import journal as journal_module
from waystation.adapters.spool.frames import MARK, frame
from waystation.adapters.spool.journal import JOURNAL_FILE, Journal, waiting
from waystation.wire.errors import Misconfigured, StoreUnavailable


def journal(folder: Path, *, bytes_max: int = 1 << 20) -> Journal:
    return Journal(folder / JOURNAL_FILE, bytes_max=bytes_max)


def opened(folder: Path, *, bytes_max: int = 1 << 20) -> Journal:
    made = journal(folder, bytes_max=bytes_max)
    made.open()
    return made


def test_what_is_appended_is_there_after_a_restart(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(BOOKINGS[:1])
    first.append(BOOKINGS[1:])
    assert (first.count, first.size) == (3, (tmp_path / JOURNAL_FILE).stat().st_size)
    assert waiting(tmp_path / JOURNAL_FILE) == 3
    first.close()
    second = journal(tmp_path)
    assert second.open() == BOOKINGS
    assert (second.count, second.size) == (first.count, first.size)
    second.close()
    second.close()


def test_what_was_booked_is_cut_off(tmp_path: Path) -> None:
    at = opened(tmp_path)
    at.append(BOOKINGS)
    at.cut()
    assert (at.count, (tmp_path / JOURNAL_FILE).read_bytes()) == (0, MARK)
    at.append(BOOKINGS[:1])
    at.close()
    assert journal(tmp_path).open() == BOOKINGS[:1]


def test_without_a_file_nothing_is_waiting(tmp_path: Path) -> None:
    assert waiting(tmp_path / JOURNAL_FILE) == 0


def test_an_end_that_was_cut_off_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / JOURNAL_FILE
    whole = MARK + frame(BOOKINGS[0])
    path.write_bytes(whole + frame(BOOKINGS[1])[:-3])
    at = journal(tmp_path)
    assert at.open() == BOOKINGS[:1]
    assert path.read_bytes() == whole
    assert (tmp_path / f"{JOURNAL_FILE}.rest").read_bytes() == frame(BOOKINGS[1])[:-3]
    assert "journal ends in the middle" in caplog.text
    at.append(BOOKINGS[2:])
    at.close()
    assert journal(tmp_path).open() == [BOOKINGS[0], BOOKINGS[2]]


def test_a_file_that_died_with_its_first_bytes_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(MARK[:5])
    at = opened(tmp_path)
    at.append(BOOKINGS)
    assert waiting(tmp_path / JOURNAL_FILE) == 3


def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(b"something else entirely")
    for read in (opened, lambda folder: waiting(folder / JOURNAL_FILE)):
        with pytest.raises(Misconfigured, match="Keep a copy"):
            read(tmp_path)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == b"something else entirely"


def test_one_process_has_it(tmp_path: Path) -> None:
    at = opened(tmp_path)
    with pytest.raises(Misconfigured, match="a data directory of its own"):
        opened(tmp_path)
    at.close()
    opened(tmp_path)


def test_a_full_journal_takes_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(tmp_path, bytes_max=len(MARK) + len(frame(BOOKINGS[0])))
    with pytest.raises(StoreUnavailable, match="is full"):
        at.append(BOOKINGS[:2])
    at.append(BOOKINGS[:1])
    at.close()
    monkeypatch.setattr(journal_module, "BOOKINGS_MAX", 1)
    at = opened(tmp_path)
    with pytest.raises(StoreUnavailable, match="is full"):
        at.append(BOOKINGS[1:2])
    assert waiting(tmp_path / JOURNAL_FILE) == 1


def test_a_disk_that_does_not_write_leaves_whole_bookings_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(tmp_path)
    at.append(BOOKINGS[:1])

    def fail(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(StoreUnavailable, match="No space left"):
            at.append(BOOKINGS[1:])
    assert waiting(tmp_path / JOURNAL_FILE) == 1
    at.append(BOOKINGS[2:])
    assert waiting(tmp_path / JOURNAL_FILE) == 2


def test_a_disk_that_does_not_even_take_back_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(tmp_path)

    def fail(*_arguments: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        broken.setattr(os, "ftruncate", fail)
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            at.append(BOOKINGS)
    with pytest.raises(StoreUnavailable, match="closed"):
        at.append(BOOKINGS)
    with pytest.raises(StoreUnavailable, match="closed"):
        at.cut()
