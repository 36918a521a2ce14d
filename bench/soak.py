"""Many calls through one gateway, plain and streamed, to see whether its memory grows."""

from bench.compare import stage
from bench.gateways import GATEWAYS
from bench.gateways.gateway import Lane, Missing, Running
from bench.processes import NotStarted
from waystation.bench import Options, Report, run

LEGS = 10
STREAM_SHARE = 20  # one call in so many is a stream
GROWTH_MB = 8.0  # from the end of the second leg to the end of the last: noise of an allocator, not a leak


def soak(name: str, calls: int) -> int:
    """Prints the resident memory after each leg; 1 if it grew or a call failed, else 0. Raises: NotStarted."""
    gateway = next(gateway for gateway in GATEWAYS if gateway.name == name)
    with stage() as where:
        try:
            running = gateway.start(where)
        except Missing as reason:
            raise NotStarted(str(reason)) from reason
        try:
            return _legs(running, calls)
        finally:
            if running.process:
                running.process.stop()


def _legs(running: Running, calls: int) -> int:
    assert running.process is not None
    sizes = [running.process.memory().now_mb]
    failed = 0
    print(f"{'calls':>10}{'resident MB':>14}{'calls/s':>10}{'failed':>8}")
    print(f"{0:>10}{sizes[0]:>14.1f}")
    for leg in range(1, LEGS + 1):
        streamed = calls // LEGS // STREAM_SHARE
        plain = _load(running.plain, calls // LEGS - streamed, stream=False)
        streams = _load(running.stream, max(1, streamed), stream=True)
        failed += plain.failed + streams.failed
        sizes.append(running.process.memory().now_mb)
        print(f"{leg * calls // LEGS:>10}{sizes[-1]:>14.1f}{plain.calls_per_s:>10.0f}{failed:>8}", flush=True)
    grown = growth_mb(sizes)
    print(f"soak: {calls} calls, {failed} failed, {grown:+.1f} MB after the first fifth (limit {GROWTH_MB:+.1f})")
    return int(grown > GROWTH_MB or failed > 0)


def growth_mb(sizes: list[float]) -> float:
    """From the second leg's end to the last's; `sizes` begins with the idle server's. Caches fill in the first legs."""
    return sizes[-1] - sizes[2]


def _load(lane: Lane, calls: int, *, stream: bool) -> Report:
    return run(
        Options(
            url=lane.url,
            token=lane.token,
            model=lane.model,
            headers=lane.headers,
            stream=stream,
            calls=calls,
            seconds=600,
            concurrency=16,
            warm_up=0,
        )
    )
