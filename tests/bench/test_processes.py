import sys
import time
from pathlib import Path

import pytest

from bench.processes import GATEWAY_CORE, NotStarted, Process, free_port, parse_stat

_BUSY = "import time\nwhile time.process_time() < 0.2: pass\ntime.sleep(20)"


def test_a_process_name_may_hold_anything() -> None:
    stat = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 150 25 0 0 20 0 1 0 100 1 1"
    assert parse_stat(stat) == (7, 175)


def test_time_and_memory_of_children_are_counted(tmp_path: Path) -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_BUSY!r}])"
    process = Process([sys.executable, "-c", parent], core=GATEWAY_CORE, log=tmp_path / "log")
    try:
        deadline = time.monotonic() + 20
        while process.cpu_s() < 0.2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.cpu_s() >= 0.2
        memory = process.memory()
        assert 5 < memory.now_mb <= memory.peak_mb
    finally:
        process.stop()


def test_a_server_that_dies_tells_its_last_words(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "raise SystemExit('no licence')"], core=GATEWAY_CORE, log=tmp_path / "log")
    with pytest.raises(NotStarted, match="no licence"):
        process.await_port(free_port(), patience_s=20)
