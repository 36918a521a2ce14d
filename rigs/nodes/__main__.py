"""See the package."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rigs.nodes.parts import Report, limit, reckon, revoke, roll
from rigs.nodes.station import Nodes


async def run(folder: Path, *, nodes: int, workers: int, calls: int, streams: int) -> Report:
    report = Report()
    async with AsyncExitStack() as stack:
        at = Nodes(folder, nodes=nodes, workers=workers)
        await at.start(stack)
        await limit(at, report, calls)
        await revoke(at, report)
        await roll(at, report, streams)
        await reckon(at, report)
    return report


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Several nodes of several workers.")
    for name, number in {"nodes": 2, "workers": 2, "calls": 2000, "streams": 200}.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    return parser.parse_args()


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="waystation-nodes-", ignore_cleanup_errors=True) as name:
        report = asyncio.run(run(Path(name), **vars(options)))
    print("\n".join(report.differences[:50]))
    print(report)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
