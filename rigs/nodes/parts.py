"""What is done to the nodes, and what is wrong of it."""

import asyncio
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2 as httpx

from rigs.client import Seen, ask
from rigs.crash.comparing import compare
from rigs.crash.load import Journal
from rigs.kept import KeptCaller
from rigs.nodes.station import FREE, GONE, LIMIT, LIMITED, PATIENCE_S, Nodes, until

REVOKED_S: Final = 1.0  # after which a revoked token must be known everywhere
CALLERS: Final = 4  # of each node and kind, beside the streams
REST_S: Final = 0.05  # of a caller between two calls: new workers need the processor too
REQUEST: Final[dict[str, Any]] = {"model": "m", "messages": [{"role": "user", "content": "数到三"}], "max_tokens": 50}
STREAM: Final = REQUEST | {
    "model": "slow",
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_tokens": 500,
}
_TOTAL: Final = re.compile(r"^waystation_calls_total\{.*\} (\S+)$", re.MULTILINE)
_OPEN: Final = re.compile(r"^waystation_calls_open (\S+)$", re.MULTILINE)


@dataclass(slots=True)
class Report:
    """`differences` say each what is not as it should be."""

    seen: list[Seen] = field(default_factory=list)
    refused: int = 0
    broken: int = 0
    admitted: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.seen)} calls, {self.refused} refused, {self.broken} broken, {len(self.differences)} differences"
        )

    @property
    def good(self) -> bool:
        return not (self.refused or self.broken or self.differences)


async def limit(at: Nodes, report: Report, calls: int) -> None:
    """All at once, against one limit."""
    asked = (ask(at.port(number), LIMITED, REQUEST, timeout_s=PATIENCE_S) for number in range(calls))
    seen = await asyncio.gather(*asked)
    report.seen += seen
    report.admitted = sum(call.status == 200 for call in seen)
    others = [call for call in seen if call.status not in {200, 429}]
    report.refused += len(others)
    print(f"limit: {calls} calls at once against {LIMIT} in a minute: {report.admitted} admitted", *_kinds(others))
    if not 0 < report.admitted <= LIMIT:
        report.differences.append(f"{report.admitted} calls were admitted past a limit of {LIMIT}")


async def revoke(at: Nodes, report: Report) -> None:
    """While it is used everywhere."""
    asked: list[tuple[float, Seen]] = []
    calling = [asyncio.create_task(_ask_on(at.port(number), asked)) for number in range(CALLERS * len(at.gateways))]
    await until(lambda: len(asked) > 10 * CALLERS)
    await at.must("token", "revoke", "acme/gone")
    known_at = time.monotonic() + REVOKED_S
    await asyncio.sleep(2 * REVOKED_S)
    for task in calling:
        task.cancel()
    await asyncio.gather(*calling, return_exceptions=True)
    report.seen += [seen for _, seen in asked]
    others = [seen for _, seen in asked if seen.status not in {200, 401}]
    report.refused += len(others)
    late = [seen for began, seen in asked if began >= known_at]
    admitted = sum(seen.status == 200 for seen in late)
    print(f"revocation: {len(late)} calls began a second after it or later: {admitted} admitted", *_kinds(others))
    if admitted or not late:
        report.differences.append(f"{admitted} of {len(late)} calls were admitted a second after their token's end")


async def roll(at: Nodes, report: Report, streams: int) -> None:
    """All nodes at once, each of its workers in turn."""
    running = [
        asyncio.create_task(ask(at.port(number), FREE, STREAM, timeout_s=PATIENCE_S)) for number in range(streams)
    ]
    await until(lambda: at.upstreams[1].total_calls >= streams)
    seen: list[Seen] = []
    calling = [
        asyncio.create_task(caller(at.port(number), seen))
        for caller in (_call_anew, _call_on)
        for number in range(CALLERS * len(at.gateways))
    ]
    before = [set(gateway.workers) for gateway in at.gateways]
    for gateway in at.gateways:
        gateway.send(signal.SIGHUP)
    await until(lambda: _replaced(at, before))
    streamed = await asyncio.gather(*running)
    for task in calling:
        task.cancel()
    await asyncio.gather(*calling, return_exceptions=True)
    report.seen += [*streamed, *seen]
    broken = [call for call in streamed if not call.complete]
    refused = [call for call in seen if call.status != 200]
    report.broken += len(broken)
    report.refused += len(refused)
    print(
        f"rolling restart: {len(streamed)} streams ran on, {len(broken)} broken; {len(seen)} calls meanwhile, "
        f"{len(refused)} refused",
        *_kinds([*broken, *refused]),
    )


async def reckon(at: Nodes, report: Report) -> None:
    """Stop all nodes, and compare what they booked with what was seen, and with what they have counted."""
    counted = await _counted(at)
    for gateway in at.gateways:
        status = await gateway.stop()
        if status:
            report.differences.append(f"a node ended with {status}: {gateway.last_words()}")
    print((await at.must("ledger", "verify")).strip())
    booked = await at.gateways[0].calls(10 * len(report.seen))
    asked = {call_id for upstream in at.upstreams for call_id in upstream.usage_by_request_id}
    if counted != len(booked):
        report.differences.append(f"all nodes together have counted {counted} calls, and recorded {len(booked)}")
    print(f"metrics: one page of each node, {counted} calls in all, {len(booked)} call records")
    report.differences += compare(Journal(seen=report.seen), booked, asked)


async def _counted(at: Nodes) -> int:
    """Calls by the metrics of all nodes, each asked at any of its workers, once none is open any more."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        while True:
            pages = [(await client.get(f"http://127.0.0.1:{one.port}/metrics")).text for one in at.gateways]
            if not any(float(found) for page in pages for found in _OPEN.findall(page)):
                return sum(int(float(found)) for page in pages for found in _TOTAL.findall(page))
            await asyncio.sleep(0.1)


def _replaced(at: Nodes, before: list[set[int]]) -> bool:
    now = [gateway.workers for gateway in at.gateways]
    return all(len(pids) == at.workers and not old & set(pids) for pids, old in zip(now, before, strict=True))


async def _ask_on(port: int, asked: list[tuple[float, Seen]]) -> None:
    while True:
        began = time.monotonic()
        asked.append((began, await ask(port, GONE, REQUEST, timeout_s=PATIENCE_S)))


async def _call_anew(port: int, seen: list[Seen]) -> None:
    while True:
        seen.append(await ask(port, FREE, REQUEST, timeout_s=PATIENCE_S))
        await asyncio.sleep(REST_S)


async def _call_on(port: int, seen: list[Seen]) -> None:
    caller = KeptCaller(port, FREE)
    try:
        while True:
            seen.append(await caller.ask(REQUEST, timeout_s=PATIENCE_S))
            await asyncio.sleep(REST_S)
    finally:
        caller.close()


def _kinds(seen: list[Seen]) -> list[object]:
    return [Counter((call.status, call.error, call.message) for call in seen).most_common(5)] if seen else []
