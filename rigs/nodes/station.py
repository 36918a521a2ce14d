"""Nodes, and what they stand on."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import httpx2 as httpx

from rigs.gateway import Gateway, free_port
from rigs.postgres import Postgres
from rigs.redis_server import RedisServer
from waystation.demo.upstream import DemoSettings, DemoUpstream

FREE, LIMITED, GONE = (f"rig-token-{name}-0123456789-abcdefghij" for name in ("free", "limited", "gone"))
LIMIT: Final = 100
PATIENCE_S: Final = 120.0
CHUNKS, GAP_S = 60, 0.25  # of a stream: it outlives the start of a worker
MANIFEST: Final = """
upstreams:
  - {{name: quick, vendor: openai_compatible, base_url: "{quick}", keys: [sk-a]}}
  - {{name: slow, vendor: openai_compatible, base_url: "{slow}", keys: [sk-a]}}
models:
  - name: m
    routes: [{{upstream: quick, model: m-1}}]
    price: {{currency: CNY, input: "2.50", output: "10.00"}}
  - name: slow
    routes: [{{upstream: slow, model: m-1}}]
    price: {{currency: CNY, input: "2.50", output: "10.00"}}
organizations:
  - name: acme
    opening_credit: "100000 CNY"
    tokens:
      - {{name: free, secret: "{free}"}}
      - {{name: limited, secret: "{limited}", limit: {{rpm: {limit}}}}}
      - {{name: gone, secret: "{gone}"}}
"""


class Nodes:
    """Between `start` and the end of the stack that it was given."""

    def __init__(self, folder: Path, *, nodes: int, workers: int, chunks: int = CHUNKS) -> None:
        self._chunks = chunks
        self._folder = folder
        self._postgres = Postgres(folder / "postgres")
        self._redis = RedisServer(folder / "redis")
        self.workers = workers
        folders = [folder / str(number) for number in range(nodes)]
        for one in folders:
            one.mkdir()
        self.gateways = [Gateway(one, free_port()) for one in folders]

    async def start(self, stack: AsyncExitStack) -> None:
        """Raises: AssertionError, RuntimeError with what kept a node from starting."""
        quick = await stack.enter_async_context(DemoUpstream(DemoSettings(kept_calls=100_000)))
        slow = await stack.enter_async_context(DemoUpstream(DemoSettings(chunks=self._chunks, chunk_gap_s=GAP_S)))
        self.upstreams = (quick, slow)
        for server in (self._postgres, self._redis):
            await asyncio.to_thread(server.start)
            stack.callback(server.stop)
        environment = {
            "WAYSTATION_DATABASE_URL": self._postgres.create("waystation"),
            "WAYSTATION_REDIS_URL": self._redis.url,
            "WAYSTATION_MASTER_KEY": "k" * 40,
            "WAYSTATION_WORKERS": str(self.workers),
        }
        for gateway in self.gateways:
            gateway.environment |= environment
        await self.must("migrate")
        manifest = self._folder / "manifest.yaml"
        urls = {"quick": quick.base_url, "slow": slow.base_url}
        manifest.write_text(MANIFEST.format(**urls, free=FREE, limited=LIMITED, gone=GONE, limit=LIMIT))
        await self.must("apply", str(manifest))
        for gateway in self.gateways:
            stack.push_async_callback(gateway.kill)
            await gateway.start()
            await self._all_ready(gateway)

    async def _all_ready(self, gateway: Gateway) -> None:
        """The port answers as soon as one is."""
        word = f"\nwaystation_workers {self.workers:.1f}\n"
        async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(timeout=PATIENCE_S) as client:
            while word not in (await client.get(f"http://127.0.0.1:{gateway.port}/metrics")).text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def must(self, *command: str) -> str:
        status, output = await self.gateways[0].command(*command)
        assert status == 0, output
        return output

    def port(self, number: int) -> int:
        return self.gateways[number % len(self.gateways)].port


async def until(is_so: Callable[[], bool]) -> None:
    """Raises: TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(0.05)
