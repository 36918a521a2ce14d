"""A whole gateway on this loop, with doubles for vendors: what a test of several rooms stands on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

from tests.adapters.sqlite.made import make_all
from waystation.demo.upstream import DemoSettings, DemoUpstream
from waystation.house import CallFilter, House, operations, read_calls, verify_ledger
from waystation.ledger.verify import Report
from waystation.settings import Settings
from waystation.wire.record import CallRecord

SECRET = "rig-token-0123456789-abcdefghij"
OTHER_SECRET = "rig-token-9876543210-zyxwvutsrq"


class Rig:
    """The gateway, its data, and the doubles behind it. `manifest` is applied before the start."""

    def __init__(self, folder: Path, manifest: str, **settings: Any) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data", port=0, **settings)
        if self.settings.database_url is None:
            make_all(self.settings.data_dir)
        self.apply(manifest)
        self.house = House(self.settings)

    def apply(self, manifest: str, *, prune: bool = False) -> None:
        path = self.folder / "manifest.yaml"
        path.write_text(manifest)
        with operations(self.settings) as catalogue:
            catalogue.apply_file(path, environ={}, prune=prune)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.server.port}"

    def client(self, secret: str = SECRET) -> AsyncOpenAI:
        """The official SDK, without its own retries: what is measured is ours."""
        return AsyncOpenAI(base_url=f"{self.address}/v1", api_key=secret, max_retries=0)

    async def calls(self, count: int) -> list[CallRecord]:
        """The newest call records, once there are `count` of them: their writer is a fraction of a second behind."""
        for _ in range(100):
            found = list(read_calls(self.settings, CallFilter(limit=max(count, 100))))
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{len(found)} call records, not {count}")

    def verify(self) -> Report:
        return verify_ledger(self.settings)


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    """The gateway answers inside the block; afterwards it has stopped cleanly and its ledger verifies."""
    serving = asyncio.create_task(rig.house.serve())
    await asyncio.wait({serving, asyncio.create_task(rig.house.server.listening.wait())}, return_when="FIRST_COMPLETED")
    if serving.done():
        await serving
    try:
        yield rig
    finally:
        rig.house.stop()
        await serving
    report = rig.verify()
    assert report.passed, str(report)


@asynccontextmanager
async def doubles(count: int = 1, **settings: Any) -> AsyncIterator[list[DemoUpstream]]:
    """Vendors on loopback, each a server of its own."""
    upstreams = [DemoUpstream(DemoSettings(**settings)) for _ in range(count)]
    for upstream in upstreams:
        await upstream.start()
    try:
        yield upstreams
    finally:
        for upstream in upstreams:
            await upstream.stop()


def manifest(
    *upstreams: DemoUpstream,
    keys: tuple[str, ...] = ("sk-key-a", "sk-key-b"),
    budget: str | None = None,
    credit: str = "100 USD",
    timeouts: str = "{connect: 2, first_byte: 2, idle: 2, total: 20}",
    max_output_tokens: int = 1000,
    limit: str | None = None,
    organization_limit: str | None = None,
) -> str:
    """A model `m` that the upstreams serve in their order, and a token."""
    rows = "\n".join(
        f'  - {{name: up{at}, vendor: openai_compatible, base_url: "{upstream.base_url}", '
        f"keys: {list(keys)!r}, priority: {at}, timeouts: {timeouts}}}"
        for at, upstream in enumerate(upstreams)
    )
    routes = ", ".join(f"{{upstream: up{at}, model: m-{at}}}" for at in range(len(upstreams)))
    below = "" if budget is None else f', budget: {{amount: "{budget}", period: month}}'
    below += "" if limit is None else f", limit: {limit}"
    above = "" if organization_limit is None else f"\n    limit: {organization_limit}"
    return f"""
upstreams:
{rows}
models:
  - name: m
    routes: [{routes}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
    max_output_tokens: {max_output_tokens}
  - name: hidden
    routes: [{routes}]
    price: {{currency: USD, input: "1.00", output: "1.00"}}
organizations:
  - name: acme
    opening_credit: "{credit}"{above}
    tokens: [{{name: ci, secret: "{SECRET}", models: [m]{below}}}]
"""
