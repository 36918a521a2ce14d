"""`make matrix`: each SDK to each language of vendors, as a table; the last line is `N passed, M failed`."""

import asyncio
import socket
import sys
import tempfile
from collections.abc import Awaitable
from pathlib import Path

from rigs.gateway import Gateway
from rigs.matrix.cells import CALLERS, CELLS, Cell, check_bills
from rigs.matrix.said import Caller, Said
from rigs.matrix.station import TOKEN, UPSTREAMS, station

CELL_S = 30.0


async def main() -> int:
    results: dict[tuple[str, str, str], str] = {}
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        async with station(Path(folder), port) as gateway:
            for name, make in CALLERS.items():
                caller = make(f"http://127.0.0.1:{port}", TOKEN)
                for model in UPSTREAMS:
                    for kind, result in (await _try(caller, model, gateway)).items():
                        results[name, kind, model] = result
                await caller.aclose()
    _show(results)
    failed = sum(result != "ok" for result in results.values())
    print(f"{len(results) - failed} passed, {failed} failed")
    return bool(failed)


async def _try(caller: Caller, model: str, gateway: Gateway) -> dict[str, str]:
    """What went wrong in each cell, or "ok". The bills of all are compared at once, for a command takes a second."""
    spoken: list[Said] = []
    results = {kind: await _told(_speak(cell, caller, model, spoken)) for kind, cell in CELLS.items()}
    if set(results.values()) != {"ok"}:
        return results
    return dict.fromkeys(results, await _told(_compare(spoken, gateway)))


async def _speak(cell: Cell, caller: Caller, model: str, spoken: list[Said]) -> None:
    spoken += await cell(caller, model)


async def _compare(spoken: list[Said], gateway: Gateway) -> None:
    calls = await gateway.calls(len(spoken))
    check_bills(spoken, calls[::-1])


async def _told(step: Awaitable[None]) -> str:
    """Whatever an SDK raises is a cell that failed."""
    try:
        async with asyncio.timeout(CELL_S):
            await step
    except Exception as error:  # noqa: BLE001 - five SDKs' errors have no common class
        return f"{type(error).__name__}: {error}"
    return "ok"


def _show(results: dict[tuple[str, str, str], str]) -> None:
    width = max(map(len, UPSTREAMS)) + 2
    print(f"{'caller':20}{'':18}" + "".join(f"{model:{width}}" for model in UPSTREAMS))
    for name in CALLERS:
        for kind in CELLS:
            cells = (results[name, kind, model] for model in UPSTREAMS)
            print(f"{name:20}{kind:18}" + "".join(f"{'ok' if cell == 'ok' else 'FAILED':{width}}" for cell in cells))
    for (name, kind, model), result in results.items():
        if result != "ok":
            print(f"{name} to {model}, {kind}: {result}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
