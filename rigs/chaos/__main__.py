"""See the package."""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
from pathlib import Path

from rigs.chaos.load import Load
from rigs.chaos.mayhem import Mayhem
from rigs.chaos.reckoning import Evidence, differences, early_errors, report
from rigs.chaos.station import Scale, Station
from rigs.comparing import Row
from rigs.gateway import Failed

CALLS_MAX = 1_000_000


async def main() -> int:
    options = _options()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # upstreams write to callers that are gone: they are broken
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    scale = Scale(options.streams, options.upstreams, options.keys, options.timeout)
    with tempfile.TemporaryDirectory(prefix="waystation-chaos-", ignore_cleanup_errors=True) as name:
        station = Station(Path(name), scale)
        try:
            await station.start()
            load, mayhem = await _rage(station, options.seconds, random.Random(seed))
            evidence = await _evidence(station, load)
            wrong = differences(evidence)
        except Failed as failure:
            print(failure)
            return 1
        finally:
            await station.stop()
        early = early_errors(evidence.seen)
        if wrong or early:
            print(f"The gateway's last words:\n{station.gateway.last_words()}")
    print("\n".join(report(evidence, mayhem.put_up)))
    print("A call that several faults struck, one after another, stands in the lines of all of them.")
    print(f"at most {load.open_max} streams at once; {mayhem.put_up.total()} faults; the ledger verifies")
    print("\n".join([*wrong[:50], *(f"{call}, {_attempts(call.call_id, evidence.booked)}" for call in early[:50])]))
    print(f"{len(evidence.seen)} calls, {len(early)} errors before the first byte, {len(wrong)} differences")
    return 1 if wrong or early else 0


async def _rage(station: Station, seconds: float, draw: random.Random) -> tuple[Load, Mayhem]:
    load, mayhem = Load(station.gateway.port, random.Random(draw.random())), Mayhem(station, draw)
    callers = asyncio.create_task(load.run(station.scale.streams))
    telling = asyncio.create_task(_tell(load, mayhem))
    await mayhem.rage(seconds)
    load.over = True
    await callers
    telling.cancel()
    return load, mayhem


async def _tell(load: Load, mayhem: Mayhem) -> None:
    while True:
        await asyncio.sleep(10)
        early = len(early_errors(load.seen))
        print(
            f"{len(load.seen)} calls, {load.open} open, {early} errors before the first byte; "
            f"{len(mayhem.broken)} upstreams broken, {mayhem.put_up.total()} faults so far",
            flush=True,
        )


async def _evidence(station: Station, load: Load) -> Evidence:
    """After a clean stop, so that every record is written. Raises: Failed if the ledger does not verify."""
    if status := await station.gateway.stop():
        raise Failed(f"the gateway ended with {status}")
    await station.gateway.expect("ledger", "verify")
    booked = await station.gateway.calls(limit=CALLS_MAX)
    posted = await station.gateway.expect("money", "list", "--bills", "--json", "--limit", str(CALLS_MAX))
    bills = [json.loads(line) for line in posted.splitlines()]
    return Evidence(
        seen=load.seen,
        booked=booked,
        billed=[bill for bill in bills if bill["call_id"] is not None],
        asked=[call for upstream in station.upstreams for call in upstream.calls],
        used={id_: use for upstream in station.upstreams for id_, use in upstream.usage_by_request_id.items()},
    )


def _attempts(call_id: str | None, booked: list[Row]) -> list[str]:
    """How a call went, for who looks into it."""
    rows = (row for row in booked if row["call_id"] == call_id)
    return [f"{one['upstream']} {one['fault']} {one['status']}" for row in rows for one in row.get("attempts", ())]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break keys and upstreams under very many streams; compare the bills.")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--streams", type=int, default=1000, help="at once")
    parser.add_argument("--upstreams", type=int, default=6)
    parser.add_argument("--keys", type=int, default=300, help="of each upstream")
    parser.add_argument("--timeout", type=float, default=8.0, help="seconds for which an upstream may be silent")
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
