"""A server as a child process: started, awaited, ended."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STOP_S: Final = 20.0


class NotStarted(Exception):
    """A server ended or stayed deaf; the message holds the end of its log."""


@contextmanager
def running(
    argv: list[str], *, port: int, log: Path, ready: str, patience_s: float, folder: Path, env: Mapping[str, str]
) -> Iterator[None]:
    """The server runs and answers GET `ready` with less than 500 when the block begins. Raises: NotStarted."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **env},
            start_new_session=True,
        )
    try:
        _await(process, port, ready, log, patience_s)
        yield
    finally:
        _stop(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not _answers(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text("utf-8", "replace")[-2_000:]
            raise NotStarted(f"{process.args!r}\n{tail}")
        time.sleep(0.1)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
