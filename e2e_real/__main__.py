"""`python -m e2e_real [--only NAME]`: every call to every server; the last line is `N calls, M differences`."""

import argparse
import queue
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Final

import openai

from e2e_real import caller, table
from e2e_real.cases import CASES, Case
from e2e_real.compare import Call, differences
from e2e_real.environments import NotInstalled
from e2e_real.processes import NotStarted, free_port
from e2e_real.reported import Counts
from e2e_real.servers import MODEL, SERVERS, Server, serving
from e2e_real.station import PUBLIC_MODEL, TOKEN, Refused, Station
from e2e_real.tee import Tee

_EXCHANGE_S: Final = 30.0


def main() -> int:
    only = _options().only
    chosen = [server for server in SERVERS if not only or server.name in only]
    found = 0
    with tempfile.TemporaryDirectory(prefix="waystation-e2e-") as name:
        for server in chosen:
            folder = Path(name) / server.name
            folder.mkdir()
            try:
                found += _run(server, folder)
            except (NotInstalled, NotStarted, Refused, queue.Empty, openai.APIError) as trouble:
                print(f"    DIFFERS  {server.name}: {type(trouble).__name__}: {trouble}")
                found += 1
    print(f"{len(chosen) * len(CASES)} calls, {found} differences")
    return 1 if found else 0


def _run(server: Server, folder: Path) -> int:
    """The number of differences."""
    port, key = free_port(), f"sk-real-{secrets.token_hex(16)}"
    station = Station(folder, key)
    with serving(server, port, key, folder), Tee(port) as tee, station.serving(tee.port, MODEL):
        calls = [_call(server, case, station.port, tee, port, key) for case in CASES]
        booked = station.booked(len(calls))
        print(f"\n{server.name}\n{table.HEAD}")
        found = 0
        for call in calls:
            differing = list(differences(call, booked))
            print(table.line(call, booked), *table.listed(differing), sep="\n")
            found += len(differing)
        if tee.left() or len(booked) != len(calls):
            print(f"    DIFFERS  {len(calls)} calls, {len(booked)} rows, {tee.left()} attempts too many")
            found += 1
        print(station.verify().strip(), flush=True)
    return found


def _call(server: Server, case: Case, port: int, tee: Tee, server_port: int, key: str) -> Call:
    seen = caller.ask(case, port, TOKEN, PUBLIC_MODEL)
    exchange = tee.next(_EXCHANGE_S)
    return Call(server.name, case, key, seen, exchange, _alone(case, server_port, key))


def _alone(case: Case, port: int, key: str) -> Counts | None:
    """Asked plainly: every server says its usage then."""
    more = {name: value for name, value in case.more.items() if name != "stream_options"}
    plainly = Case(case.name, case.prompt, more)
    return caller.ask(plainly, port, key, MODEL).usage


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m e2e_real", description="Real model servers behind Waystation.")
    names = [server.name for server in SERVERS]
    parser.add_argument("--only", action="append", default=[], choices=names, help="may be given several times")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
