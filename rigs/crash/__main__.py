"""See the package."""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from rigs.crash.comparing import compare
from rigs.crash.events import EVENTS, Event, chosen
from rigs.crash.load import Journal, call
from rigs.crash.station import CALL_TOTAL_S, Station
from rigs.gateway import Failed

SETTLE_S: Final = 40  # after an outage, a server leaves others half of that before it ends holds
VERIFY_EVERY: Final = (
    10  # moments: it reads the whole ledger, and what a moment breaks is still broken at the next ones
)
STUCK_S: Final = CALL_TOTAL_S + 120 + 30  # a hold's time, its grace, and the sweeper's


async def main() -> int:
    options = _options()
    random.seed(options.seed)
    differences: list[str] = []
    with tempfile.TemporaryDirectory(prefix="waystation-crash-", ignore_cleanup_errors=True) as name:
        station = Station(Path(name), store=options.store, faked="clock" in (options.events or "clock"))
        try:
            await station.start()
            events = chosen(options.store, options.events, station)
            differences = await _run(station, events, options.kills, options.callers)
        except Failed as failure:
            differences.append(str(failure))
        finally:
            if differences:
                print(f"The gateway's last words:\n{station.gateway.last_words()}")
            await station.stop()
    print("\n".join(differences[:50]))
    print(f"{options.kills} kills, {len(differences)} differences")
    return 1 if differences else 0


async def _run(station: Station, events: dict[str, Event], kills: int, callers: int) -> list[str]:
    differences: list[str] = []
    journal = Journal()
    load = [asyncio.create_task(call(station.gateway.port, journal)) for _ in range(callers)]
    names = [name for _, name in zip(range(kills), _shuffled(list(events)), strict=False)]
    for number, name in enumerate(names, start=1):
        await asyncio.sleep(random.uniform(0.2, 1.0))
        differences += await _moment(station, events[name], verified=number % VERIFY_EVERY == 0)
        if not await _answered(journal, len(journal.seen)):
            last = next((seen for seen in reversed(journal.seen) if seen.status), None)
            differences.append(f"{name}: no call was answered within {SETTLE_S} seconds; the last one: {last}")
        print(f"{number:4} {name}: {len(journal.seen)} calls, {len(differences)} differences", flush=True)
    for task in load:
        task.cancel()
    await asyncio.gather(*load, return_exceptions=True)
    return differences + await _reckon(station, journal)


async def _moment(station: Station, event: Event, *, verified: bool) -> list[str]:
    """What went wrong at it, and has not been put right by the gateway itself within half a minute."""
    try:
        await event(station)
        if not station.gateway.running:
            return [f"{event.__name__}: the gateway ended by itself with {await station.gateway.restart()}"]
        if verified:
            await station.settle(SETTLE_S)
    except (Failed, RuntimeError, TimeoutError) as failure:
        return [f"{event.__name__}: {failure!r}"]
    return []


async def _answered(journal: Journal, since: int) -> bool:
    """Whether a call is seen whole by then, of those that were noted after the first so many."""
    until = time.monotonic() + SETTLE_S
    while not any(seen.complete for seen in journal.seen[since:]):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True


async def _reckon(station: Station, journal: Journal) -> list[str]:
    """After a clean stop and start: the bills, and whether every hold has ended."""
    station.clock.write_text("+0\n")
    assert await station.gateway.stop() == 0
    await station.gateway.start()
    until = time.monotonic() + STUCK_S
    while unsettled := _unsettled(json.loads(await station.expect("ledger", "verify", "--json"))):
        if time.monotonic() > until:
            return [f"after {STUCK_S} seconds: {unsettled}"]
        await asyncio.sleep(2)
    assert await station.gateway.stop() == 0
    await station.expect("ledger", "verify")
    booked = await station.gateway.calls(limit=1_000_000)
    return compare(journal, booked, station.upstream.usage_by_request_id)


def _unsettled(report: dict[str, Any]) -> str:
    """Holds that are open, or records that are still to be made from their postings."""
    waiting = [note for note in report["notes"] if "call record" in note]
    return ", ".join([*(["holds are open"] if report["counts"]["open holds"] else []), *waiting])


def _shuffled(names: list[str]) -> list[str]:
    """Each event as often as any other, in an order of chance."""
    order: list[str] = []
    while len(order) < 10_000:
        order += random.sample(names, len(names))
    return order


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hurt the gateway and its database under load and compare the bills.")
    parser.add_argument("--store", choices=sorted(EVENTS), default="sqlite")
    parser.add_argument("--kills", type=int, default=20, help="at how many moments something happens")
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--events", default=None, help="names, separated by commas; all if left out")
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
