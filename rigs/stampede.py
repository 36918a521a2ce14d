"""Very many calls at once against a department's budget for a few.

    python -m rigs.stampede [--store sqlite|postgres] [--calls N] [--budget-for N]

Each call may cost the same at most, and the upstream keeps all waiting, so that what is admitted holds its money until
all have asked. Exactly so many may pass as the budget covers, and the others are refused with its name. The last line
is `N calls, M admitted, K refused by the department's budget`; the exit status is 1 if that is not as it should be.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from rigs.client import Seen, ask
from rigs.gateway import Gateway, free_port
from rigs.postgres import Postgres
from waystation.demo.upstream import DemoSettings, DemoUpstream
from waystation.dialects import codecs
from waystation.wire.estimate import ceiling_of
from waystation.wire.money import Money

TOKEN: Final = "rig-token-0123456789-abcdefghij"
REQUEST: Final[dict[str, Any]] = {
    "model": "m",
    "messages": [{"role": "user", "content": "数到十"}],
    "max_tokens": 1000,
}
PATIENCE_S: Final = 20.0
MANIFEST: Final = """
upstreams:
  - {{name: double, vendor: openai_compatible, base_url: "{base_url}", keys: ["sk-a"]}}
models:
  - name: m
    routes: [{{upstream: double, model: m-1}}]
    price: {{currency: CNY, input: "2.50", output: "10.00"}}
organizations:
  - name: acme
    opening_credit: "100000 CNY"
    time_zone: Asia/Shanghai
    departments: [{{name: 研发, budget: {{amount: "{budget}", period: month}}}}]
    projects: [{{name: 平台, department: 研发}}]
    tokens: [{{name: rig, secret: "{token}", project: 平台}}]
"""


async def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="waystation-stampede-") as name:
        seen = await _run(Path(name), options.store, options.calls, options.budget_for)
    admitted = sum(call.complete for call in seen)
    refused = [call for call in seen if call.status == 429 and "budget of department '研发'" in (call.message or "")]
    print(Counter((call.status, call.error, call.message) for call in seen if call.status != 200).most_common(5))
    print(f"{len(seen)} calls, {admitted} admitted, {len(refused)} refused by the department's budget")
    return 0 if admitted == options.budget_for and admitted + len(refused) == len(seen) else 1


async def _run(folder: Path, store: str, calls: int, budget_for: int) -> list[Seen]:
    gateway = Gateway(folder, free_port())
    postgres = Postgres(folder / "postgres") if store == "postgres" else None
    async with DemoUpstream(DemoSettings(latency_s=PATIENCE_S)) as upstream:
        if postgres is not None:
            await asyncio.to_thread(postgres.start)
            gateway.environment["WAYSTATION_DATABASE_URL"] = postgres.create("waystation")
            await _must(gateway, "migrate")
        manifest = folder / "manifest.yaml"
        manifest.write_text(MANIFEST.format(base_url=upstream.base_url, budget=_ceiling(budget_for), token=TOKEN))
        await _must(gateway, "apply", str(manifest))
        await gateway.start()
        try:
            asked = (ask(gateway.port, TOKEN, REQUEST, timeout_s=3 * PATIENCE_S) for _ in range(calls))
            seen = await asyncio.gather(*asked)
            await gateway.stop()
            await _must(gateway, "ledger", "verify")
        finally:
            await gateway.kill()
            if postgres is not None:
                await asyncio.to_thread(postgres.stop)
    return seen


def _ceiling(calls: int) -> Money:
    """What so many of the calls may cost at most."""
    codec = codecs()["openai.chat"]
    weight = codec.decode(json.dumps(REQUEST, ensure_ascii=False).encode()).weight
    return Money(calls * (ceiling_of(weight) * 2_500 + REQUEST["max_tokens"] * 10_000), "CNY")


async def _must(gateway: Gateway, *command: str) -> None:
    status, output = await gateway.command(*command)
    assert status == 0, output


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Very many calls at once against a budget for a few.")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--budget-for", type=int, default=100)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
