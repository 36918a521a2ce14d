"""Processes pinned to a core, and what /proc says of them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GATEWAY_CORE = 0
LOAD_CORE = 1  # the load clients and the upstreams share it; no gateway runs there

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_STOP_S = 10.0


class NotStarted(Exception):
    """A process ended or stayed deaf; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of all processes together, in megabytes of 10^6 bytes: resident now, and the sum of their peaks."""

    now_mb: float
    peak_mb: float


class Process:
    """A server of ours: a leader and whatever it starts, in a process group of its own. `core`: or some, "0-3"."""

    def __init__(self, argv: list[str], *, core: int | str, log: Path, env: Mapping[str, str] | None = None) -> None:
        self._argv, self._log = argv, log
        with log.open("wb") as out:
            self._leader = subprocess.Popen(
                ["taskset", "-c", str(core), *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def await_port(self, port: int, patience_s: float) -> None:
        """Returns once `port` accepts; on any other way out the process is stopped. Raises: NotStarted."""
        try:
            self._await_port(port, time.monotonic() + patience_s)
        except BaseException:
            self.stop()
            raise

    def cpu_s(self) -> float:
        """User and system time so far of every living process of the tree, all threads."""
        return tree_cpu_s(self._leader.pid)

    def memory(self) -> Memory:
        sizes = [_status_kb(pid) for pid in _tree(self._leader.pid)]
        now, peak = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
        return Memory(now * 1024 / 1e6, peak * 1024 / 1e6)

    def stop(self) -> None:
        if self._leader.returncode is not None:
            return  # already waited for: its number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._leader.pid, signal.SIGTERM)
        try:
            self._leader.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._leader.pid, signal.SIGKILL)
            self._leader.wait()

    def _await_port(self, port: int, deadline: float) -> None:
        while not _accepts(port):
            if self._leader.poll() is not None or time.monotonic() > deadline:
                last_words = self._log.read_text("utf-8", "replace")[-2_000:]
                raise NotStarted(f"{' '.join(self._argv)}\n{last_words}")
            time.sleep(0.05)


def tree_cpu_s(pid: int) -> float:
    """As `Process.cpu_s`, of a process that somebody else has started."""
    return sum(map(_cpu_ticks, _tree(pid))) / _TICKS_PER_S


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def parse_stat(stat: str) -> tuple[int, int]:
    """Parent pid, and ticks of user and system time, of a /proc/PID/stat line (proc(5), fields 4, 14, 15).

    The name in field 2 may hold spaces and parentheses, so the fields are counted after its last one.
    """
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), int(fields[11]) + int(fields[12])


def _tree(leader: int) -> set[int]:
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    tree = {leader}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return tree


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _parent(pid: int) -> int:
    return _stat(pid)[0]


def _cpu_ticks(pid: int) -> int:
    return _stat(pid)[1]


def _stat(pid: int) -> tuple[int, int]:
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace"))
    except OSError:  # it ended meanwhile
        return 0, 0


def _status_kb(pid: int) -> tuple[int, int]:
    """VmRSS and VmHWM; nothing for a process that ended."""
    found = {"VmRSS": 0, "VmHWM": 0}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0])
    return found["VmRSS"], found["VmHWM"]
