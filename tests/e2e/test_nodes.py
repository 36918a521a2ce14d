"""Two nodes with two workers each, as processes, on a PostgreSQL and a Redis. At length: `make nodes`."""

import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2 as httpx

from rigs.nodes.parts import Report, limit, reckon, revoke, roll
from rigs.nodes.station import LIMIT, Nodes, until


async def test_nodes_of_workers_are_one_and_are_replaced_without_anybody_noticing(tmp_path: Path) -> None:
    report = Report()
    async with AsyncExitStack() as stack:
        at = Nodes(tmp_path, nodes=2, workers=2, chunks=25)
        await at.start(stack)
        await limit(at, report, calls=2 * LIMIT)
        await revoke(at, report)
        await roll(at, report, streams=20)
        await reckon(at, report)
    assert report.good, [str(report), *report.differences[:20]]
    assert report.admitted == LIMIT


async def test_a_worker_that_is_killed_is_replaced_and_what_was_counted_stays(tmp_path: Path) -> None:
    report = Report()
    async with AsyncExitStack() as stack:
        at = Nodes(tmp_path, nodes=1, workers=2)
        await at.start(stack)
        await limit(at, report, calls=10)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{at.port(0)}") as client:
            before = (await client.get("/metrics")).text
        (gateway,) = at.gateways
        while len(await gateway.calls(20)) < 10:  # a record that dies with its worker is only rebuilt a minute later
            pass
        first, second = gateway.workers
        os.kill(first, signal.SIGKILL)
        await until(lambda: second in gateway.workers and len(set(gateway.workers) - {first}) == 2)
        await limit(at, report, calls=10)
        assert 'outcome="ok"' in before
        await reckon(at, report)
    assert report.differences == []
    assert report.refused == 0
