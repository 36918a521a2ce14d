"""The system under test as processes: an upstream, the gateway, and its database."""

import asyncio
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from rigs.gateway import Failed, Gateway, free_port
from rigs.postgres import Postgres
from waystation.demo.upstream import DemoSettings, DemoUpstream

TOKEN: Final = "rig-token-0123456789-abcdefghij"
BLIND: Final = "m-blind"  # its vendor counts nothing
CALL_TOTAL_S: Final = 20  # a hold outlives it by two minutes
DISK_BYTES: Final = 2 << 30
FAKETIME: Final = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
MANIFEST: Final = """
upstreams:
  - {{name: double, vendor: openai_compatible, base_url: "{base_url}", keys: ["sk-a", "sk-b"]}}
models:
  - name: m
    routes: [{{upstream: double, model: m-1}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
    max_output_tokens: 1000
  - name: m-blind
    routes: [{{upstream: double, model: m-blind}}]
    price: {{currency: USD, input: "1.00", output: "4.00"}}
    max_output_tokens: 1000
organizations:
  - name: acme
    opening_credit: "100000 USD"
    tokens: [{{name: rig, secret: "{token}", budget: {{amount: "50000 USD", period: month}}}}]
"""


class Station:
    """`postgres` is None for SQLite. `disk` is where the database lives: a small file system if root may mount one.

    `faked`: the gateway's clock can be set. It sleeps by faketime then, which now and then calls that invalid.
    """

    def __init__(self, folder: Path, *, store: str, faked: bool) -> None:
        self.faked = faked and FAKETIME.exists()
        self.folder = folder
        self.disk = folder / "disk"
        self.ballast = self.disk / "ballast"
        self.clock = folder / "clock"  # how far the gateway's clock is off, as faketime reads it
        self.upstream = DemoUpstream(
            DemoSettings(latency_s=0.005, chunks=8, chunk_gap_s=0.004, kept_calls=10, kept_usages=5_000_000)
        )
        self.postgres = Postgres(self.disk / "postgres", durable=True) if store == "postgres" else None
        self.gateway = Gateway(self.disk, free_port(), environment=self._environment())
        self.mounted = False

    async def start(self) -> None:
        self.disk.mkdir()
        self.mounted = _mount(self.disk)
        self.clock.write_text("+0\n")
        await self.upstream.start()
        self.upstream.set_fault("no-usage", model=BLIND)
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.start)
            self.gateway.environment["WAYSTATION_DATABASE_URL"] = self.postgres.create("waystation")
            await self.expect("migrate")
        manifest = self.folder / "manifest.yaml"
        manifest.write_text(MANIFEST.format(base_url=self.upstream.base_url, token=TOKEN))
        await self.expect("apply", str(manifest))
        await self.gateway.start()

    async def stop(self) -> None:
        with suppress(RuntimeError):
            await self.gateway.kill()
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop)
        await self.upstream.stop()
        if self.mounted:
            await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(self.disk)], check=True)

    async def expect(self, *command: str, environment: dict[str, str] | None = None) -> str:
        """What a command prints. Raises: Failed if it does not exit with 0."""
        return await self.gateway.expect(*command, environment=environment)

    async def settle(self, patience_s: float) -> None:
        """Return when the ledger verifies. Raises: Failed if it does not in that time."""
        until = time.monotonic() + patience_s
        while True:
            try:
                await self.expect("ledger", "verify")
            except Failed:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(2)
            else:
                return

    def _environment(self) -> dict[str, str]:
        environment = {"WAYSTATION_CALL_TOTAL_S": str(CALL_TOTAL_S)}
        if self.faked:
            environment |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        return environment


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
