"""Gateways side by side: every measurement of every gateway in each of several interleaved rounds."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

import msgspec

from bench import measures
from bench.bars import bars
from bench.gateways import GATEWAYS
from bench.gateways.cache import cache_folder
from bench.gateways.gateway import Gateway, Missing, Running
from bench.measures import Scale
from bench.processes import LOAD_CORE, NotStarted
from bench.samples import Sample
from bench.stage import Stage, Upstreams
from bench.tables import DIRECT, LIMITED, OURS, Outcome, last_line, limits_line, tables

BRIDGING = (OURS, LIMITED)
BEATS = {"beat 50": 50.0, "beat 200": 200.0}


def compare(scale: Scale, only: Sequence[str], *, short: bool, json_file: Path | None) -> None:
    """Prints tables, bars and the line with the two ratios. Raises: NotStarted if there is nothing to stand on."""
    started = monotonic()
    outcome = Outcome()
    chosen = [gateway for gateway in GATEWAYS if _is_chosen(gateway, only, short=short)]
    with stage() as where, contextlib.ExitStack() as servers:
        running = _start(chosen, where, servers, outcome)
        for name, gateway in running.items():
            _say(f"warming up {name}")
            measures.warm_up(gateway, where, scale.warm_up_s)
        for number in range(scale.rounds):
            _round(number, scale, running, where, outcome)
        outcome.after = {name: gateway.process.memory() for name, gateway in running.items() if gateway.process}
    if json_file:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(_plain_data(outcome))))
    print(f"{scale.rounds} interleaved rounds in {monotonic() - started:.0f} s, medians\n")
    print(tables(outcome))
    print("\nBars\n" + "\n".join(map(str, bars(outcome))) + "\n")
    print(limits_line(outcome.rounds) if LIMITED in outcome.versions else last_line(outcome.rounds))


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """A folder on disk, the upstreams, and this process on the load's core. Raises: NotStarted."""
    if len(os.sched_getaffinity(0)) <= LOAD_CORE:
        raise NotStarted("two processor cores are needed: one for the gateway, one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    cache_folder().mkdir(parents=True, exist_ok=True)
    # Beside the neighbours' environments, for /tmp may be in memory, and then a ledger would cost nothing.
    with tempfile.TemporaryDirectory(prefix="run-", dir=cache_folder()) as folder:
        upstreams = Upstreams.start(Path(folder))
        try:
            yield upstreams.stage
        finally:
            upstreams.stop()


def _is_chosen(gateway: Gateway, only: Sequence[str], *, short: bool) -> bool:
    if gateway.name == DIRECT:
        return True
    if only:
        return gateway.name.lower() in {name.lower() for name in only}
    return not (gateway.by_name or (short and gateway.slow))


def _start(
    chosen: Sequence[Gateway], where: Stage, servers: contextlib.ExitStack, outcome: Outcome
) -> dict[str, Running]:
    running = {}
    for gateway in chosen:
        _say(f"starting {gateway.name}")
        try:
            started = gateway.start(where)
        except Missing as reason:
            outcome.missing[gateway.name] = str(reason)
            continue
        except NotStarted as reason:
            outcome.missing[gateway.name] = "did not start"
            _say(f"{gateway.name} did not start: {reason}")
            continue
        running[gateway.name] = started
        outcome.versions[gateway.name] = started.version
        if started.process:
            servers.callback(started.process.stop)
    outcome.idle = {name: gateway.process.memory() for name, gateway in running.items() if gateway.process}
    return running


def _round(number: int, scale: Scale, running: dict[str, Running], where: Stage, outcome: Outcome) -> None:
    """Gateways take turns within each measurement, in the opposite order every other round."""
    names = list(running) if number % 2 == 0 else list(reversed(running))
    for measure in ("plain", *BEATS, "streams", "bridged", "crowd"):
        for name in names if measure != "bridged" else [name for name in names if name in BRIDGING]:
            _say(f"round {number + 1} of {scale.rounds}: {measure}, {name}")
            capacity = outcome.rounds.of("plain", name)
            outcome.rounds.add(
                measure, name, _measure(measure, scale, running[name], where, capacity[-1] if capacity else None)
            )


def _measure(measure: str, scale: Scale, gateway: Running, where: Stage, capacity: Sample | None) -> Sample | None:
    """None for a beat that the gateway cannot keep up with: its queue would be measured, not its latency."""
    match measure:
        case "plain":
            return measures.plain(gateway, where, scale.plain_s)
        case "streams":
            return measures.streams(gateway, where, scale.stream_s)
        case "bridged":
            return measures.bridged(gateway, where, scale.stream_s)
        case "crowd":
            return measures.crowd(gateway, where)
        case _:
            rate = BEATS[measure]
            if capacity and capacity.calls_per_s < rate:
                return None
            return measures.beat(gateway, rate, scale.slow_beat_s if measure == "beat 50" else scale.fast_beat_s)


def _plain_data(outcome: Outcome) -> dict[str, object]:
    return {
        "versions": outcome.versions,
        "missing": outcome.missing,
        "samples": outcome.rounds.as_builtins(),
        "idle_mb": {name: memory.now_mb for name, memory in outcome.idle.items()},
        "after_mb": {name: memory.now_mb for name, memory in outcome.after.items()},
        "bars": {bar.text: bar.got for bar in bars(outcome)},
    }


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
