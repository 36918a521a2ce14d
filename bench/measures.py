"""The measurements: each gives one sample of one running gateway. Every one is bounded in calls and time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection
from time import perf_counter
from urllib.parse import urlsplit

from bench import wrk
from bench.gateways.gateway import Lane, Running
from bench.samples import Sample
from bench.stage import Stage
from waystation.bench import Options, Report, run

STREAM_CALLERS = 8
CROWD = 256
CROWD_GAP_MS = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a run is: rounds, and seconds for each measurement of one gateway in one round."""

    rounds: int
    warm_up_s: int
    plain_s: int
    slow_beat_s: float
    fast_beat_s: float
    stream_s: float


FULL = Scale(rounds=5, warm_up_s=3, plain_s=3, slow_beat_s=5, fast_beat_s=3, stream_s=2)
SHORT = Scale(rounds=3, warm_up_s=1, plain_s=2, slow_beat_s=4, fast_beat_s=3, stream_s=2)


def warm_up(running: Running, stage: Stage, seconds: int) -> None:
    """So that just-in-time compilers, caches and pools are as they are in a server that has been up for a while."""
    wrk.saturate(running.plain, seconds, stage.folder)
    run(_stream_options(running.stream, STREAM_CALLERS, calls=10_000, seconds=seconds))


def plain(running: Running, stage: Stage, seconds: int) -> Sample:
    """Plain calls, as many as go through."""
    cpu = _Cpu(running)
    burst = wrk.saturate(running.plain, seconds, stage.folder)
    good = max(0, burst.calls - burst.failed)
    return Sample(calls=good, failed=burst.failed, elapsed_s=burst.elapsed_s, cpu_s=cpu.spent())


def beat(running: Running, rate: float, seconds: float) -> Sample:
    """Plain calls on a fixed beat: what a call's latency is on a server that has time."""
    lane = running.plain
    options = Options(
        url=lane.url,
        token=lane.token,
        model=lane.model,
        headers=lane.headers,
        calls=round(rate * seconds),
        seconds=seconds + 1,
        rate=rate,
        concurrency=64,
        warm_up=20,
        timeout_s=20,
    )
    return _sample(running, lambda: run(options))


def streams(running: Running, stage: Stage, seconds: float) -> Sample:
    """Streams whose chunks follow one another without a pause."""
    _set_pace(stage, 0)
    options = _stream_options(running.stream, STREAM_CALLERS, calls=100_000, seconds=seconds)
    return _sample(running, lambda: run(options))


def crowd(running: Running, stage: Stage) -> Sample:
    """Streams side by side with a pause between chunks, so that each chunk travels alone."""
    _set_pace(stage, CROWD_GAP_MS)
    options = _stream_options(running.stream, CROWD, calls=CROWD, seconds=30)
    return _sample(running, lambda: run(options))


def bridged(running: Running, stage: Stage, seconds: float) -> Sample:
    """The same streams for callers of another language than the upstream's."""
    _set_pace(stage, 0)
    options = _stream_options(running.stream, STREAM_CALLERS, calls=100_000, seconds=seconds)
    return _sample(running, lambda: run(replace(options, dialect="anthropic.messages")))


def _stream_options(lane: Lane, callers: int, *, calls: int, seconds: float) -> Options:
    return Options(
        url=lane.url,
        token=lane.token,
        model=lane.model,
        headers=lane.headers,
        stream=True,
        calls=calls,
        seconds=seconds,
        concurrency=callers,
        warm_up=0,
        timeout_s=40,
    )


class _Cpu:
    """The gateway's processor time from here on."""

    def __init__(self, running: Running) -> None:
        self._process = running.process
        self._before = self._process.cpu_s() if self._process else 0.0

    def spent(self) -> float:
        return max(0.0, self._process.cpu_s() - self._before) if self._process else 0.0


def _sample(running: Running, load: Callable[[], Report]) -> Sample:
    cpu, started = _Cpu(running), perf_counter()
    report = load()
    return Sample(
        calls=report.calls,
        failed=report.failed,
        elapsed_s=perf_counter() - started,
        cpu_s=cpu.spent(),
        p50_s=report.latency.p50_s if report.latency else None,
        p99_s=report.latency.p99_s if report.latency else None,
        gap_max_s=report.gap.max_s if report.gap else None,
        arrivals=report.arrivals,
    )


def _set_pace(stage: Stage, gap_ms: int) -> None:
    connection = HTTPConnection(urlsplit(stage.stream_url).netloc, timeout=5)
    connection.request("GET", f"/pace/{gap_ms}")
    assert connection.getresponse().status == HTTPStatus.NO_CONTENT
    connection.close()
