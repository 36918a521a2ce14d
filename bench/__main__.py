"""`python -m bench compare | limits | soak | ledger | usage | workers | scale`."""

import argparse
import signal
import sys
from pathlib import Path

from bench.compare import compare
from bench.curve import kept
from bench.gateways import GATEWAYS
from bench.ledger import ledger
from bench.measures import FULL, SHORT
from bench.processes import NotStarted
from bench.scale import show
from bench.soak import soak
from bench.tables import LIMITED, OURS
from bench.usage import measure
from bench.workers import workers

_NAMES = [gateway.name for gateway in GATEWAYS if gateway.name != "direct"]


def main() -> int:
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped on the way out
    try:
        return _run(arguments)
    except NotStarted as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    """Raises: NotStarted."""
    match arguments.rig:
        case "soak":
            return soak(arguments.gateway, arguments.calls)
        case "usage":
            return measure(arguments.calls, arguments.store, arguments.folder)
        case "ledger":
            ledger(arguments.store, arguments.seconds, arguments.rate)
        case "workers":
            workers(tuple(arguments.counts), arguments.seconds)
        case "scale":
            curve = kept(arguments.curve, arguments.seconds)
            show(curve, cores=arguments.cores, rate=arguments.rate, workers=arguments.workers)
        case _:
            scale = SHORT if arguments.short else FULL
            only = [OURS, LIMITED] if arguments.rig == "limits" else arguments.only
            compare(scale, only, short=arguments.short, json_file=arguments.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Rigs that load Waystation on one machine.")
    rigs = parser.add_subparsers(dest="rig", required=True)
    side_by_side = rigs.add_parser("compare", help="gateways side by side: throughput, latency, streams, memory")
    side_by_side.add_argument("--short", action="store_true", help="about two minutes, without LiteLLM and Portkey")
    side_by_side.add_argument("--only", action="append", default=[], choices=_NAMES, help="may be given several times")
    side_by_side.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to FILE")
    limits = rigs.add_parser("limits", help="20 upstreams, 500 keys and all limits beside the plain setup")
    limits.add_argument("--short", action="store_true", help="about a minute")
    limits.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to FILE")
    soaking = rigs.add_parser("soak", help="many calls, to see whether memory grows")
    soaking.add_argument("--calls", type=int, default=200_000)
    soaking.add_argument("--gateway", default="waystation", choices=_NAMES)
    books = rigs.add_parser("ledger", help="holds and postings alone: calls per second of one core, latency of a hold")
    books.add_argument("--store", default="sqlite", choices=["sqlite", "postgres"])
    books.add_argument("--seconds", type=float, default=5.0, help="for each of the two measurements")
    books.add_argument("--rate", type=int, default=1_000, help="calls per second of the second one")
    node = rigs.add_parser("workers", help="a node with more and more workers, on PostgreSQL and Redis")
    node.add_argument("--counts", type=int, nargs="+", default=[1, 2, 4])
    node.add_argument("--seconds", type=int, default=5)
    many = rigs.add_parser("scale", help="a hundred nodes on one PostgreSQL, simulated from what is measured here")
    many.add_argument("--seconds", type=float, default=4.0, help="for each point of the curve")
    many.add_argument("--curve", type=Path, help="where the measured curve is kept: read if it is there, else written")
    many.add_argument("--cores", type=int, default=32, help="of the simulated database")
    many.add_argument("--rate", type=float, default=200.0, help="calls per second of each node")
    many.add_argument("--workers", type=int, default=4, help="of each node")
    asking = rigs.add_parser("usage", help="how long questions about usage take")
    asking.add_argument("--calls", type=int, default=1_000_000)
    asking.add_argument("--store", default="sqlite", choices=["sqlite", "postgres"])
    asking.add_argument("--folder", type=Path, help="where SQLite's log is made, kept, and used again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
