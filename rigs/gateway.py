"""The gateway as a process: started, killed, asked."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

START_S: Final = 20.0
WAYSTATION: Final = (sys.executable, "-m", "waystation")


class Failed(Exception):
    """A command that had to succeed did not."""


class Gateway:
    """`environment` is added to this process' own; it may be changed before `start`."""

    def __init__(self, folder: Path, port: int, *, environment: dict[str, str] | None = None) -> None:
        self.port = port
        self.environment = {"WAYSTATION_DATA_DIR": str(folder / "data"), "WAYSTATION_LOG_LEVEL": "error"}
        self.environment |= environment or {}
        self._log = folder / "gateway.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when it answers. Raises: TimeoutError, RuntimeError if it ended instead."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *WAYSTATION,
                "serve",
                "--port",
                str(self.port),
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_S):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise RuntimeError(f"the gateway ended with {self._process.returncode}: see {self._log}")
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL: no handler, no last write."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        return await self._end(signal.SIGTERM)

    async def restart(self) -> int:
        """Start again after it has ended by itself; how it had ended."""
        assert self._process is not None
        status = await self._process.wait()
        await self.start()
        return status

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-8_000:] if self._log.exists() else "none: it never started"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def workers(self) -> list[int]:
        """The processes of its workers, if it has any."""
        assert self._process is not None
        listing = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in listing.read_text().split()]

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def command(self, *words: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
        """A `waystation` command on the same data: its exit status and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *WAYSTATION,
            *words,
            env=os.environ | self.environment | (environment or {}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def expect(self, *words: str, environment: dict[str, str] | None = None) -> str:
        """What a command prints. Raises: Failed if it does not exit with 0."""
        status, output = await self.command(*words, environment=environment)
        if status != 0:
            raise Failed(f"waystation {' '.join(words)} exited with {status}: {output}")
        return output

    async def calls(self, limit: int) -> list[dict[str, Any]]:
        status, output = await self.command("calls", "--json", "--limit", str(limit))
        if status != 0:
            raise RuntimeError(output)
        return [json.loads(line) for line in output.splitlines()]

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
