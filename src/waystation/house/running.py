"""From settings to the running gateway."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvloop

from waystation.adapters.clock import SystemClock
from waystation.adapters.fetcher import HttpFetcher
from waystation.adapters.http_server import server_for
from waystation.adapters.limiter import MemoryLimiter
from waystation.adapters.open_files import raise_limit
from waystation.adapters.spool.store import SpooledStore
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.adapters.workers.superior import Superior
from waystation.dialects import codecs
from waystation.gateway.app import Gateway
from waystation.gateway.auth import Gate
from waystation.gateway.gathered import page_of
from waystation.gateway.metrics import Metrics
from waystation.gateway.pages import Pages
from waystation.gateway.paths import Paths
from waystation.gateway.watch import Watch
from waystation.house.alerting import Alerting
from waystation.house.balances import Balances
from waystation.house.database import database_of
from waystation.house.duties import Duties
from waystation.house.store import store_of
from waystation.house.upkeep import Upkeep
from waystation.keys.book import Book
from waystation.relay.answers import Answers
from waystation.relay.attempt import Attempter
from waystation.relay.board import Board, board_of
from waystation.relay.breaker_log import BreakerLog
from waystation.relay.conversations import Conversations
from waystation.relay.crossing import Crossing
from waystation.relay.door import Door
from waystation.relay.failover import Failover
from waystation.relay.key_log import KeyLog, key_states
from waystation.relay.patience import Patience
from waystation.relay.pipeline import Relay
from waystation.relay.repeats import Repeats
from waystation.relay.shelf import Shelf
from waystation.routing.breaker import Breakers
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import WaystationError

if TYPE_CHECKING:
    from waystation.house.sharing import Sharing

log = logging.getLogger(__name__)

# A call leaves hardly any cycles, so the collector may look rarely, and never again at what was there before the first
# call: it took 5 to 10 % of a call's CPU.
GARBAGE_MIN: Final = 20_000


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one of several workers listens, and whom it is told by."""

    sockets: list[socket.socket]
    superior: Superior


class House:
    """The running system. `serve` returns when it has stopped cleanly; `stop` asks it to. `seat`: as one of several."""

    def __init__(self, settings: Settings, seat: Seat | None = None) -> None:
        self.settings = settings
        self.seat = seat
        self.clock = SystemClock()
        self.store = SpooledStore(
            store_of(settings, self.clock),
            settings.data_dir,
            timeout_s=settings.store_timeout_s,
            journal_bytes_max=settings.journal_max_bytes,
            shared=seat is not None,
        )
        self.transport = HttpTransport()
        self.fetcher = HttpFetcher(
            max_bytes=settings.fetch_max_bytes, timeout_s=settings.fetch_timeout_s, allowed=settings.fetch_allow
        )
        self.patience = Patience(self.clock, wait_s=settings.key_wait_s)
        self.watch = Watch(
            self.clock.monotonic, keep_alive_s=settings.keep_alive_s, caller_idle_s=settings.caller_idle_s
        )
        self.metrics = Metrics(
            {
                "waystation_calls_open": ("Calls under way", lambda: len(self.watch.open)),
                "waystation_calls_queued": ("Calls that wait for a limit's slot", lambda: self.limiter.waiting),
                "waystation_calls_waiting_for_key": ("Calls that wait for a key", lambda: len(self.patience.lines)),
                "waystation_journal_bookings": (
                    "Bookings that wait in the journal for the ledger",
                    lambda: self.store.journal_count,
                ),
                "waystation_journal_bytes": ("Size of the journal", lambda: self.store.journal_bytes),
                **self._redis_gauges(),
            },
            lambda: key_states(self.board.pools.values(), self.clock.monotonic()),
            lambda: self.board.served,
        )
        self.database = database_of(settings)
        self.duties = Duties(self.database, self.clock, self._leads)
        self.catalogue = Catalogue(revision=-1)  # before the first
        self.keys = Book(self.clock.draw, KeyLog(self.metrics.key_change).tell)
        self.sharing = _sharing(settings, self.clock, self.keys)
        self.limiter = MemoryLimiter(self.clock.monotonic) if self.sharing is None else self.sharing.limiter
        breakers = Breakers(self.clock.draw, BreakerLog(self.metrics.breaker_change).tell)
        self.board = board_of(self.catalogue, vendors(), keys=self.keys, breakers=breakers)
        self.draining = False
        self.server = server_for(self._gateway(), host=settings.host, port=settings.port, drain_s=settings.drain_s)

    async def serve(self) -> None:
        """Answer calls until stopped: then take no new ones, let open ones finish, and write everything down."""
        raise_limit()
        await self.store.start()
        try:
            changed = asyncio.Event()
            self.store.on_change(changed.set)
            await self._load()
            if self.sharing is not None:
                await self.sharing.start()
            gc.freeze()
            gc.set_threshold(GARBAGE_MIN, 20, 20)
            async with asyncio.TaskGroup() as background:
                upkeep = Upkeep(self.database, self.clock.now, self._leads)
                duties = (
                    self._follow(changed),
                    self.watch.run(),
                    self._alerting().run(),
                    self.duties.run(),
                    upkeep.run(),
                    self._balances().run(),
                )
                tasks = [background.create_task(duty) for duty in (*duties, self._report())]
                await self.server.serve(None if self.seat is None else self.seat.sockets)
                for task in tasks:
                    task.cancel()
        finally:
            await self.fetcher.aclose()
            await self.transport.aclose()
            if self.sharing is not None:
                await self.sharing.aclose()
            await self.store.aclose()
            await self.duties.finish()
            self.database.close()
            if self.seat is not None:
                await self.seat.superior.aclose()

    def stop(self) -> None:
        """After a while in which new calls are still taken; the second time without it, and without waiting for any."""
        again, self.draining = self.draining, True
        if again:
            self.server.stop()
        elif self.settings.stop_delay_s:
            log.info("draining", extra={"stop_delay_s": self.settings.stop_delay_s})
            asyncio.get_running_loop().call_later(self.settings.stop_delay_s, self.retire)
        else:
            self.retire()

    def retire(self) -> None:
        """Take no new connection, and end when all calls have; unless it does so already: to stop twice waits for none.

        Another worker takes the new ones, so that the node is as ready as before.
        """
        if not self.server.should_exit:
            self.server.stop()

    async def _report(self) -> None:
        if self.seat is not None:
            await self.server.listening.wait()
            await self.seat.superior.start(self.metrics.counts, self.retire)

    async def _measures(self) -> bytes:
        """The page of metrics, of all workers together."""
        return self.metrics.page() if self.seat is None else page_of(await self.seat.superior.all_counts())

    def _gateway(self) -> Gateway:
        settings = self.settings
        languages = codecs()
        paths = Paths(languages.values())
        crossing = Crossing(languages, self.fetcher)
        failover = Failover(
            Attempter(self.transport), crossing, self.patience, self.clock, attempts_max=settings.attempts_max
        )
        metrics = self.metrics
        fail_open = settings.limiter_lost == "open"
        door = Door(self.limiter, fail_open=fail_open, observe=metrics.limit, miss=metrics.miss)
        relay = Relay(self.store, failover, door, self.clock, metrics.observe, metrics.lose)
        answers = Answers(self.clock.monotonic, bytes_max=settings.replay_max_bytes, keep_s=settings.replay_s)
        gate = Gate(settings.trusted_proxies)
        pages = Pages(
            codecs=languages,
            gate=gate,
            paths=paths,
            shelf=Shelf(self.store, self.transport, languages["openai.responses"], self.clock),
            body_bytes_max=settings.max_body_bytes,
            board=self._board,
            clock=self.clock,
            metrics=self.metrics,
            ready=lambda: {"store": self.store.healthy},
            measures=self._measures,
            draining=lambda: self.draining,
            metrics_token=None if settings.metrics_token is None else settings.metrics_token.get_secret_value(),
        )
        return Gateway(
            relay=Repeats(relay, self.store, self.clock, answers, self.metrics.replay),
            conversations=Conversations(self.store),
            board=self._board,
            gate=gate,
            paths=paths,
            pages=pages,
            clock=self.clock,
            watch=self.watch,
            metrics=self.metrics,
            body_bytes_max=settings.max_body_bytes,
            calls_max=settings.max_concurrent_calls,
            call_total_s=settings.call_total_s,
        )

    def _alerting(self) -> Alerting:
        return Alerting(self.database, lambda: self.catalogue, self.clock, self.metrics.alert, self._leads)

    def _balances(self) -> Balances:
        return Balances(self._board, vendors(), self.transport, self.clock)

    def _leads(self) -> bool:
        return self.store.leads

    def _board(self) -> Board:
        return self.board

    def _redis_gauges(self) -> dict[str, tuple[str, Callable[[], float]]]:
        if self.settings.redis_url is None:
            return {}
        words = "1 while Redis can't be asked for limits"
        return {"waystation_redis_lost": (words, lambda: float(self.sharing is not None and self.sharing.lost))}

    async def _load(self) -> None:
        catalogue = await self.store.catalogue()
        if catalogue.revision == self.catalogue.revision:  # a store tells of one too often rather than too seldom
            return
        self.catalogue = catalogue
        self.board = board_of(self.catalogue, vendors(), self.board)
        log.info("catalogue loaded", extra={"revision": self.board.revision, "models": len(self.board.served)})

    async def _follow(self, changed: asyncio.Event) -> None:
        """Take over each change of the catalogue. Calls under way keep the board that they began with."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self._load()
            except WaystationError:  # the old board stays in force: a broken change must not stop a running gateway
                log.exception("catalogue not taken over", extra={"revision": self.board.revision})


def _sharing(settings: Settings, clock: SystemClock, keys: Book) -> "Sharing | None":
    """The client of Redis is loaded where there is one."""
    if settings.redis_url is None:
        return None
    from waystation.house.sharing import sharing_of

    return sharing_of(settings.redis_url.get_secret_value(), clock, keys)


def run(
    work: Coroutine[object, object, None], stop: Callable[[], None], renew: Callable[[], None] | None = None
) -> None:
    """Run `work` on a fresh event loop; SIGINT and SIGTERM ask it to `stop`, SIGHUP to `renew` what it can."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for number in (signal.SIGINT, signal.SIGTERM):
            runner.get_loop().add_signal_handler(number, stop)
        if renew is not None:
            runner.get_loop().add_signal_handler(signal.SIGHUP, renew)
        runner.run(work)
