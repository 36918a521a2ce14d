"""Many calls: a closed loop of callers, or an open loop on a fixed beat."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import uvloop

from waystation.bench import own_time
from waystation.bench.connection import Answer, CallFailed, Connection
from waystation.bench.options import Options
from waystation.bench.report import Report, quantiles
from waystation.bench.request import Address, call_request, metrics_request
from waystation.bench.spread import Spread

_ENDS = (b"[DONE]", b"message_stop")


def run(options: Options) -> Report:
    """Carries the test out on an event loop of its own. Errors of calls are in the report, not raised."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure(options))


async def measure(options: Options) -> Report:
    """As `run`, on the loop that is running."""
    if options.warm_up:
        await _Load(replace(options, calls=options.warm_up, rate=None, warm_up=0)).finish()
    before = await _metrics(options)
    with _no_collections():
        load = _Load(options)
        await load.finish()
    return load.report(own_time.between(before, await _metrics(options)))


class _Load:
    """One test under way."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._address = Address.of(options.url)
        self._request = call_request(options)
        self._idle: list[Connection] = []
        self._slots = asyncio.Semaphore(options.concurrency)
        self._left = options.calls
        self._started = self._ended = perf_counter()
        self._errors: Counter[str] = Counter()
        self._latency, self._first, self._gap, self._late = Spread(), Spread(), Spread(), Spread()
        self._arrivals = self._received = 0

    async def finish(self) -> None:
        """Runs to the end of the calls or of the time; calls under way then may still end."""
        try:
            await (self._closed_loop() if self._options.rate is None else self._open_loop(self._options.rate))
        finally:
            for connection in self._idle:
                connection.close()

    def report(self, own: own_time.OwnTime | None) -> Report:
        options, elapsed = self._options, max(self._ended - self._started, 1e-9)
        return Report(
            url=options.url,
            model=options.model,
            stream=options.stream,
            rate=options.rate,
            concurrency=options.concurrency,
            calls=self._latency.count,
            errors=dict(sorted(self._errors.items())),
            elapsed_s=elapsed,
            calls_per_s=self._latency.count / elapsed,
            latency=quantiles(self._latency),
            first_chunk=quantiles(self._first),
            gap=quantiles(self._gap),
            late=quantiles(self._late),
            arrivals=self._arrivals,
            received_bytes=self._received,
            own_time=own,
        )

    async def _closed_loop(self) -> None:
        async with asyncio.TaskGroup() as callers:
            for _ in range(min(self._options.concurrency, self._options.calls)):
                callers.create_task(self._caller())

    async def _caller(self) -> None:
        deadline = self._started + self._options.seconds
        while self._left > 0 and perf_counter() < deadline:
            self._left -= 1
            await self._call(perf_counter())

    async def _open_loop(self, rate: float) -> None:
        beats = min(self._options.calls, max(1, round(self._options.seconds * rate)))
        async with asyncio.TaskGroup() as calls:
            for beat in range(beats):
                due = self._started + beat / rate
                await asyncio.sleep(max(0.0, due - perf_counter()))
                now = perf_counter()
                self._late.add(max(0.0, now - due))
                calls.create_task(self._call(now))

    async def _call(self, asked: float) -> None:
        """One call, noted. `asked` is when the caller wanted it, so a wait for a connection counts."""
        try:
            async with asyncio.timeout(self._options.timeout_s), self._slots:
                answer = await self._ask()
        except CallFailed as failure:
            self._errors[str(failure)] += 1
        except TimeoutError:
            self._errors["timed out"] += 1
        else:
            self._note(answer, asked)
        self._ended = perf_counter()

    async def _ask(self) -> Answer:
        """Raises: CallFailed."""
        connection = self._take_idle() or await Connection.connect(self._address)
        try:
            answer = await connection.ask(self._request)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()
        _check(answer, stream=self._options.stream)
        return answer

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    def _note(self, answer: Answer, asked: float) -> None:
        self._latency.add(answer.ended - asked)
        self._received += answer.received
        if self._options.stream:
            self._first.add(answer.first_at - asked)
            self._arrivals += answer.arrivals
            answer.note_gaps(self._gap)


def _check(answer: Answer, *, stream: bool) -> None:
    """A good answer is a 200 that is whole. Raises: CallFailed."""
    if answer.status != 200:
        raise CallFailed(f"status {answer.status}")
    if not answer.received:
        raise CallFailed("empty answer")
    if stream and not answer.arrivals:
        raise CallFailed("not a stream")
    if stream and not any(end in answer.tail for end in _ENDS):
        raise CallFailed("stream without its last event")


async def _metrics(options: Options) -> str:
    """The gateway's /metrics page; empty where there is none, for then the own time is simply not known."""
    try:
        async with asyncio.timeout(options.timeout_s):
            connection = await Connection.connect(Address.of(options.url))
            try:
                answer = await connection.ask(metrics_request(options), keep=True)
            finally:
                connection.close()
    except (CallFailed, TimeoutError):
        return ""
    return (answer.body or b"").decode("utf-8", "replace")


@contextmanager
def _no_collections() -> Iterator[None]:
    """No garbage collection meanwhile: a pause of ours would be measured as the gateway's."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
