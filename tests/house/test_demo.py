import os
import signal
import subprocess
import sys
from pathlib import Path

from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.house.demo import TOKEN_FILE
from waystation.identity.token import well_formed


def told(folder: Path, last: str, *options: str) -> str:
    """What `serve` prints in a process of its own, which is stopped once it has said `last`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "waystation", "serve", "--port", "0", *options],
        env={**os.environ, "WAYSTATION_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    text = ""
    with process:
        for line in process.stdout:
            text += line
            if last in line:
                process.send_signal(signal.SIGTERM)
    return text


def test_the_demo_tells_its_token_and_keeps_it(tmp_path: Path) -> None:
    first = told(tmp_path, "Ctrl-C stops it.", "--demo")
    secret = (tmp_path / TOKEN_FILE).read_text()
    assert well_formed(secret)
    assert secret in first
    assert secret in told(tmp_path, "Ctrl-C stops it.", "--demo")
    assert first.endswith("Stopped.\n")


def test_without_anything_to_serve_it_says_what_to_do(tmp_path: Path) -> None:
    assert "waystation apply FILE" in told(tmp_path, "waystation apply FILE")


def test_a_start_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    lock.take()
    text = told(tmp_path, "never")
    lock.release()
    assert "error: " in text
    assert "Traceback" not in text
