"""The kill rig: SIGKILL under load, again and again; then every bill is compared with what its caller saw.

    python -m rigs.crash [--kills N] [--callers N]

A call that its caller saw whole has exactly one posting, equal to its usage; no other call has more than one; the
ledger verifies after every restart, and no money is left in holds. The last line is `N kills, M differences`.
"""

import argparse
import asyncio
import random
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from rigs.client import Seen, ask
from rigs.gateway import Gateway
from waystation.demo.upstream import DemoSettings, DemoUpstream

TOKEN: Final = "rig-token-0123456789-abcdefghij"
MANIFEST: Final = """
upstreams:
  - {{name: double, vendor: openai_compatible, base_url: "{base_url}", keys: ["sk-a", "sk-b"]}}
models:
  - name: m
    routes: [{{upstream: double, model: m-1}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
    max_output_tokens: 1000
organizations:
  - name: acme
    opening_credit: "100000 USD"
    tokens: [{{name: rig, secret: "{token}"}}]
"""


async def main() -> int:
    options = _options()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(prefix="waystation-crash-") as name:
        differences = await run(Path(name), options.kills, options.callers)
    print(f"{options.kills} kills, {len(differences)} differences")
    return 1 if differences else 0


async def run(folder: Path, kills: int, callers: int) -> list[str]:
    differences: list[str] = []
    upstream = DemoUpstream(DemoSettings(latency_s=0.005, chunks=8, chunk_gap_s=0.004))
    await upstream.start()
    gateway = Gateway(folder, _free_port())
    manifest = folder / "manifest.yaml"
    manifest.write_text(MANIFEST.format(base_url=upstream.base_url, token=TOKEN))
    await _expect(gateway, differences, "apply", str(manifest))
    seen: list[Seen] = []
    for kill in range(kills):
        await gateway.start()
        load = [asyncio.create_task(_load(gateway.port, seen)) for _ in range(callers)]
        await asyncio.sleep(random.uniform(0.2, 1.2))
        await gateway.kill()
        await _end(load)
        await gateway.start()
        await _expect(gateway, differences, "ledger", "verify")
        await gateway.kill()
        complete = sum(call.complete for call in seen)
        print(f"kill {kill + 1}: {len(seen)} calls, {complete} seen whole, {len(differences)} differences", flush=True)
    await gateway.start()
    assert await gateway.stop() == 0
    await _expect(gateway, differences, "ledger", "verify")
    differences += _compare(seen, await gateway.calls(limit=1_000_000))
    await upstream.stop()
    print("\n".join(differences[:50]))
    return differences


async def _load(port: int, seen: list[Seen]) -> None:
    while True:
        words = " ".join(random.choices(("red", "green", "blue", "红", "绿"), k=random.randint(1, 40)))
        request: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": words}]}
        if random.random() < 0.5:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        call = await ask(port, TOKEN, request)
        seen.append(call)
        if call.status == 0:  # the server is gone: do not spin
            await asyncio.sleep(0.01)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.sleep(0.05)  # what was on the wire when the server died still arrives
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _expect(gateway: Gateway, differences: list[str], *command: str) -> None:
    status, output = await gateway.command(*command)
    if status != 0:
        differences.append(f"waystation {' '.join(command)} exited with {status}: {output}")


def _compare(seen: list[Seen], booked: list[dict[str, Any]]) -> list[str]:
    """What differs between the bills and what the callers saw."""
    bills: dict[str, list[dict[str, Any]]] = {}
    for row in booked:
        bills.setdefault(row["call_id"], []).append(row)
    wrong = [f"{call_id} is booked {len(rows)} times" for call_id, rows in bills.items() if len(rows) > 1]
    for call in seen:
        if call.complete:
            assert call.call_id is not None
            wrong += _compare_one(call, bills.get(call.call_id, []))
    return wrong


def _compare_one(call: Seen, rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return [f"{call.call_id} was seen whole, but is not booked"]
    assert call.usage is not None
    told = (call.usage["prompt_tokens"], call.usage["completion_tokens"])
    usage = rows[0].get("usage") or {}
    billed = (usage.get("input_tokens"), usage.get("output_tokens"))
    if told != billed:
        return [f"{call.call_id} used {told}, but {billed} is booked"]
    if rows[0]["amount_nanos"] <= 0:
        return [f"{call.call_id} is booked for nothing"]
    return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill the gateway under load and compare the bills.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
