"""Every fault of a vendor, under every strategy: no caller hears of it before the first byte, and each call is billed
once.
"""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from rigs.chaos.faults import ALL, LATE, ODD, OF_STREAMS, OF_UPSTREAMS
from rigs.client import Seen, ask
from rigs.gateway import free_port
from tests.e2e.matrix import STRATEGIES, TOKEN, manifest, model_of, strike
from tests.e2e.rig import Rig, doubles, running
from waystation.adapters.sql.office.listing import Query
from waystation.house.bookkeeping import list_postings
from waystation.wire.record import CallRecord
from waystation.wire.routing import Strategy

ROUNDS = 3  # of a plain and a streamed call for each fault
PATIENCE_S = 120.0

Cell = tuple[str, Seen, bool]  # the fault, what the caller saw, and whether it asked for a stream


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_no_fault_reaches_a_caller_before_the_first_byte(tmp_path: Path, strategy: Strategy) -> None:
    closed = f"http://127.0.0.1:{free_port()}/v1"
    async with doubles(2) as (bad, good):
        rig = Rig(tmp_path, manifest(strategy, bad, good, closed))
        strike(bad)
        async with running(rig):
            cells = [cell for row in await asyncio.gather(*[_row(rig, fault) for fault in ALL]) for cell in row]
            assert _taken_for_something_else(rig) == {}
            records = {record.call_id: record for record in await rig.calls(len(cells))}
        struck = {call.model.removeprefix("bad-") for call in bad.calls}
        bills = Counter(posted.call_id for posted in list_postings(rig.settings, None, _every_bill))
    wrong = [line for cell in cells for line in _wrong(cell, records, bills)]
    assert not wrong, "\n".join(wrong)
    assert len({model_of(fault) for fault in (*OF_UPSTREAMS, *LATE)} - struck) < 8  # some calls all find the good one


def _taken_for_something_else(rig: Rig) -> dict[str, str]:
    """Keys whose account is out of money, and that are not known to be."""
    now = rig.house.clock.monotonic()
    states = {
        f"{pool.upstream.name} {health.key.secret}": health.worst(now)
        for pool in rig.house.board.pools.values()
        for health in pool.healths().values()
        if "arrears" in pool.upstream.name and not health.key.secret.endswith("-good")
    }
    return {name: state for name, state in states.items() if state not in {"broke", "ready"}}  # some were never lent


async def _row(rig: Rig, fault: str) -> list[Cell]:
    return [
        (fault, await _ask(rig, fault, number, stream=stream), stream)
        for number in range(1 if fault in ODD else ROUNDS)
        for stream in (False, True)
        if stream or fault not in OF_STREAMS
    ]


async def _ask(rig: Rig, fault: str, number: int, *, stream: bool) -> Seen:
    request: dict[str, object] = {
        "model": model_of(fault),
        "messages": [{"role": "user", "content": "one two three 四 five six 🙂 seven"}],
        "user": f"session-{number}",
        "prompt_cache_key": f"session-{number}",
    }
    if stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    return await ask(rig.house.server.port, TOKEN, request, timeout_s=PATIENCE_S)


def _wrong(cell: Cell, records: dict[str, CallRecord], bills: Counter[str | None]) -> list[str]:
    fault, seen, stream = cell
    name = f"{fault}, {'streamed' if stream else 'plain'}, {seen.call_id}"
    record = records.get(seen.call_id or "")
    if record is None:
        return [f"{name}: no record; {seen}"]
    if seen.status != 200:
        return [f"{name}: {seen.status} {seen.message}, {[attempt.fault for attempt in record.attempts]}"]
    wrong = []
    if not seen.complete and not (stream and fault in LATE and seen.error is not None and "".join(seen.text)):
        wrong.append(f"{name}: not whole; {seen}")
    if record.outcome != ("ok" if seen.complete else "cut"):
        wrong.append(f"{name}: recorded as {record.outcome}; {seen}")
    if bills[seen.call_id] != 1 or record.amount_nanos <= 0:
        wrong.append(f"{name}: billed {bills[seen.call_id]} times, {record.amount_nanos}")
    return wrong


def _every_bill(organization_id: str | None) -> Query:
    return Query(organization_id=organization_id, bills=True, limit=1_000_000)
