"""A real Redis for tests and rigs, from Debian's package. It listens on loopback only, and keeps nothing."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import redis

START_S: Final = 30.0
_OPTIONS: Final = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "daemonize": "no"}


class RedisServer:
    """One server in a folder, on a port that it keeps. `options` are lines of redis.conf; `port` 0 means TLS only."""

    def __init__(self, folder: Path, options: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._options = options or {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Begin, or begin again after `kill`, and wait until it listens."""
        program = shutil.which("redis-server")
        assert program is not None, "no redis-server: apt-get install redis-server"
        self._folder.mkdir(parents=True, exist_ok=True)
        options = _OPTIONS | {"port": str(self.port), "dir": str(self._folder)} | self._options
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([program, *flags], stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def client(self, **options: Any) -> Any:  # its own types are those of every answer that there is
        """A connection for a test's own questions; close it."""
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=10, **options)

    def kill(self) -> None:
        """SIGKILL, as if the machine were gone; what it knew is lost."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(START_S)
        self._process = None

    def pause(self) -> None:
        """It keeps its connections, and answers nobody."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self._folder / "log").read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            assert time.monotonic() < until, "redis-server does not listen"
            time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":  # for trying things by hand: python -m rigs.redis_server FOLDER
    server = RedisServer(Path(sys.argv[1]))
    server.start()
    print(server.url)
    with suppress(KeyboardInterrupt):
        signal.pause()
    server.stop()
