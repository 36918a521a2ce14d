import os
import subprocess
import sys
from pathlib import Path

import pytest

from waystation.adapters.sqlite.lock import LOCK_FILE, DirectoryLock, is_served
from waystation.wire.errors import Misconfigured


def test_a_directory_is_served_by_one(tmp_path: Path) -> None:
    first, second = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    first.take()
    with pytest.raises(Misconfigured, match=f"process {os.getpid()} already serves"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_others_can_see_whether_a_directory_is_served(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    assert not is_served(tmp_path)
    lock.take()
    assert is_served(tmp_path)
    lock.release()
    assert not is_served(tmp_path)


def test_releasing_twice_is_releasing_once(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    lock.take()
    lock.release()
    lock.release()
    assert not is_served(tmp_path)


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    script = "import os; from pathlib import Path; from waystation.adapters.sqlite.lock import DirectoryLock;"
    script += f"DirectoryLock(Path({str(tmp_path)!r})).take(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert (tmp_path / LOCK_FILE).exists()
    assert not is_served(tmp_path)
