"""What a call needs around it: vendors that play a script, a caller that listens or leaves, a store that tells when."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from waystation.adapters.limiter import MemoryLimiter
from waystation.adapters.memory import MemoryStore
from waystation.dialects import codecs
from waystation.dialects.codec import NOWHERE, Place
from waystation.identity.token import digest, fingerprint, hint
from waystation.ports import Fetched, Inbound, Limiter, Outbound
from waystation.relay.attempt import Attempter
from waystation.relay.board import Board, board_of
from waystation.relay.call import Call
from waystation.relay.crossing import Crossing
from waystation.relay.door import Door
from waystation.relay.failover import Failover
from waystation.relay.patience import Patience
from waystation.relay.pipeline import Relay
from waystation.vendors import vendors
from waystation.vendors.vendor import Vendor
from waystation.wire.booking import Posted, PostOrder
from waystation.wire.catalogue import (
    Budget,
    Catalogue,
    Ceilings,
    Model,
    ModelRoute,
    Organization,
    Token,
    Upstream,
    UpstreamKey,
)
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BodyTooLarge, CallerGone, ConnectionLost, LinkRefused, StoreUnavailable
from waystation.wire.ids import make_id
from waystation.wire.limit import Limit, Limited, Rates
from waystation.wire.loss import Loss
from waystation.wire.overrides import Overrides
from waystation.wire.price import Price, Prices
from waystation.wire.record import CallRecord
from waystation.wire.routing import BreakerSettings, Routing
from waystation.wire.stored import StoredResponse

SECRET = "relay-token-0123456789-abcdefghij"
CREDIT = 100_000_000_000
PRICE = Price(currency="USD", input=2_500_000_000, output=10_000_000_000)
FREE = Price(currency="USD", input=0, output=0)
TOTAL_S = 600.0
JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream")]
DONE = b"data: [DONE]\n\n"

Step = bytes | Exception | Callable[[], Awaitable[object] | None]


class StillClock:
    """Implements `ports.Clock`. `at` moves by hand; wall clock and monotonic clock agree."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        self.drawn = 0.0
        self._count = 0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def new_id(self, prefix: str) -> str:
        self._count += 1
        return make_id(prefix, int(self.at * 1000), self._count)

    def draw(self) -> float:
        return self.drawn

    def pass_s(self, seconds: float) -> Callable[[], None]:
        """A step of a script during which time passes."""

        def passing() -> None:
            self.at += seconds

        return passing


class ScriptedInbound:
    """Implements `ports.Inbound`: bytes come, an exception is raised, anything else is done on the way."""

    def __init__(self, *steps: Step, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        self.status = status
        self.headers = JSON if headers is None else headers
        self.closed = False
        self._steps = deque(steps)

    @property
    def left(self) -> int:
        """How much of the script was not asked for."""
        return len(self._steps)

    def header(self, name: bytes) -> bytes | None:
        return dict(self.headers).get(name)

    async def chunk(self) -> bytes:
        while self._steps:
            if self.closed:
                raise ConnectionLost("closed by us", received=True)
            step = self._steps.popleft()
            if isinstance(step, bytes):
                return step
            if isinstance(step, Exception):
                raise step
            waiting = step()
            if waiting is not None:
                await waiting
        if self.closed:
            raise ConnectionLost("closed by us", received=True)
        return b""

    async def read(self, limit: int) -> bytes:
        body = b""
        while data := await self.chunk():
            body += data
        if len(body) > limit:
            raise BodyTooLarge(f"more than {limit} bytes")
        return body

    def close(self) -> None:
        self.closed = True


class ScriptedTransport:
    """Implements `ports.Transport`: each request gets the next of the answers."""

    def __init__(self, *answers: ScriptedInbound | Exception) -> None:
        self.asked: list[Outbound] = []
        self._answers = deque(answers)

    def then(self, *answers: ScriptedInbound | Exception) -> None:
        self._answers.extend(answers)

    async def send(self, request: Outbound) -> Inbound:
        self.asked.append(request)
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self) -> None:
        self._answers.clear()

    def keys(self) -> list[str]:
        """The keys of the requests so far."""
        return [dict(request.headers)[b"authorization"].decode().removeprefix("Bearer ") for request in self.asked]


class ScriptedFetcher:
    """Implements `ports.Fetcher`: what stands at which address; any other is refused."""

    def __init__(self) -> None:
        self.known: dict[str, Fetched] = {}
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self.known:
            raise LinkRefused(f"{url!r} can't be read.")
        return self.known[url]


class Caller:
    """Implements `relay.call.Reply`. It hangs up when so many sends have come, if `patience` says so."""

    def __init__(self, journal: list[str], patience: int | None = None) -> None:
        self.gone = False
        self.started = False
        self.got = b""
        self.ended = False
        self.losses: tuple[Loss, ...] = ()
        self.replayed: str | None = None
        self.way: str | None = None
        self.rates: Rates | None = None
        self.rated_at: float | None = None
        self._journal = journal
        self._patience = patience
        self._react: Callable[[], None] | None = None

    def on_gone(self, react: Callable[[], None]) -> None:
        if self.gone:
            react()
        self._react = react

    def hang_up(self) -> None:
        self.gone = True
        if self._react is not None:
            self._react()

    def replay(self, call_id: str) -> None:
        self.replayed = call_id

    def tell(self, losses: tuple[Loss, ...]) -> None:
        self.losses = losses

    def show(self, way: str) -> None:
        self.way = way

    def rate(self, rates: Rates, at: float) -> None:
        self.rates, self.rated_at = rates, at

    async def answer(self, body: bytes) -> None:
        self._take("answer", body)
        self.ended = True

    async def stream(self, data: bytes) -> None:
        self._take("stream", data)

    async def finish(self, data: bytes) -> None:
        self._take("finish", data)
        self.ended = True

    def _take(self, how: str, data: bytes) -> None:
        if self._patience is not None:
            if self._patience == 0 and not self.gone:
                self.hang_up()
            self._patience -= 1
        if self.gone:
            raise CallerGone("the caller hung up")
        self._journal.append(how)
        self.started = True
        self.got += data


class TellingStore(MemoryStore):
    """The store in memory, with its bookings in a journal; what is named in `failing` fails."""

    def __init__(self, catalogue: Catalogue, journal: list[str]) -> None:
        super().__init__(catalogue)
        self.failing: set[str] = set()
        self._journal = journal

    async def post(self, order: PostOrder) -> Posted:
        self._tell("post")
        return await super().post(order)

    async def void(self, hold_id: str, *, at: float) -> None:
        self._tell("void")
        await super().void(hold_id, at=at)

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:
        self._tell("record")
        await super().record(call, basis)

    async def keep_response(self, stored: StoredResponse) -> None:
        if "keep" in self.failing:
            raise StoreUnavailable("The store can't be written right now.")
        await super().keep_response(stored)

    def _tell(self, what: str) -> None:
        if what in self.failing:
            raise StoreUnavailable("The store can't be written right now.")
        self._journal.append(what)


METERED = replace(vendors()["openai_compatible"], name="metered", hang_up_stops_meter=False)
MUTE = replace(vendors()["openai_compatible"], name="mute", paths={})
VENDORS: dict[str, Vendor] = {**vendors(), "metered": METERED, "mute": MUTE}


@dataclass
class Scene:
    """A relay on scripts. Upstreams are tried in the order `up0`, `up1`, each with its keys in turn."""

    relay: Relay
    failover: Failover
    crossing: Crossing
    board: Board
    clock: StillClock
    store: TellingStore
    transport: ScriptedTransport
    fetcher: "ScriptedFetcher"
    caller: Caller
    journal: list[str]
    observed: list[CallRecord]
    lost: list[CallRecord]
    limiter: Limiter
    limited: list[Limited]
    missed: list[None]
    patience: Patience

    def book(self, prices: Prices) -> None:
        """As if these prices had been booked; calls that have begun keep their board."""
        self.board = board_of(msgspec.structs.replace(self.store.known, prices=prices), VENDORS)

    def override(self, overrides: Overrides) -> None:
        """As if every upstream had these."""
        ups = tuple(msgspec.structs.replace(up, overrides=overrides) for up in self.store.known.upstreams)
        self.board = board_of(msgspec.structs.replace(self.store.known, upstreams=ups), VENDORS)

    def route(self, routing: Routing | None = None, breaker: BreakerSettings | None = None) -> None:
        """As if every model, and every upstream, had these; all upstreams are in one tier then."""
        ups = tuple(msgspec.structs.replace(up, breaker=breaker, priority=0) for up in self.store.known.upstreams)
        models = tuple(msgspec.structs.replace(model, routing=routing) for model in self.store.known.models)
        self.board = board_of(msgspec.structs.replace(self.store.known, upstreams=ups, models=models), VENDORS)

    def limit(self, key_limits: Ceilings) -> None:
        """As if every key had these ceilings."""
        limited = [msgspec.structs.replace(upstream, key_limits=key_limits) for upstream in self.store.known.upstreams]
        self.board = board_of(msgspec.structs.replace(self.store.known, upstreams=tuple(limited)), VENDORS)

    def call(self, **members: Any) -> Call:
        """A call for `m`; members of its body are given or, as None, left out."""
        request = {"model": "m", "messages": [{"role": "user", "content": "Hello!"}], **members}
        return self.call_in("openai.chat", {name: value for name, value in request.items() if value is not None})

    def call_in(self, dialect: Dialect, request: dict[str, Any], *, place: Place = NOWHERE, **facts: Any) -> Call:
        """A call in any language; `facts` are the call's own."""
        body, codec = json.dumps(request).encode(), codecs()[dialect]
        (token,) = self.store.known.tokens
        (organization,) = self.store.known.organizations
        return Call(
            call_id=self.clock.new_id("call"),
            token=token,
            organization=organization,
            board=self.board,
            codec=codec,
            ask=codec.decode(body, place),
            body=body,
            at=self.clock.now(),
            began=self.clock.monotonic(),
            deadline=self.clock.monotonic() + TOTAL_S,
            place=place,
            department_id=self.board.standing(token).department_id,
            **facts,
        )

    async def run(self, **members: Any) -> CallRecord:
        """Run a call that is to succeed; its record."""
        await self.relay.run(self.call(**members), self.caller)
        return self.record

    @property
    def record(self) -> CallRecord:
        """The one record that was written, which the metrics saw too."""
        (record,) = self.store.records
        assert self.observed == [record]
        return record

    @property
    def spent(self) -> int:
        """What left the wallet; no hold is open any more."""
        assert not self.store.open_holds
        (wallet,) = (account for ceiling, account in self.store.accounts.items() if ceiling.kind == "wallet")
        return CREDIT - wallet.available


def scene(
    *answers: ScriptedInbound | Exception,
    upstreams: int = 1,
    keys: int = 2,
    vendor: str = "openai_compatible",
    models: tuple[str, ...] | None = None,
    budget: Budget | None = None,
    credit: int = CREDIT,
    attempts_max: int = 8,
    key_wait_s: float = 0.0,
    patience: int | None = None,
    free: bool = False,
    limits: tuple[Limit, ...] = (),
    limiter: Limiter | None = None,
    fail_open: bool = True,
) -> Scene:
    """A gateway's inside; upstreams have to answer what is given here, in this order."""
    catalogue = catalogue_of(upstreams=upstreams, keys=keys, vendor=vendor, models=models, budget=budget, limits=limits)
    if free:
        catalogue = msgspec.structs.replace(
            catalogue, models=tuple(msgspec.structs.replace(model, price=FREE) for model in catalogue.models)
        )
    clock, journal, observed, lost = StillClock(), list[str](), list[CallRecord](), list[CallRecord]()
    store, transport = TellingStore(catalogue, journal), ScriptedTransport(*answers)
    store.open_wallet("org_1", "USD", credit)
    limiter = limiter or MemoryLimiter(clock.monotonic)
    limited, missed = list[Limited](), list[None]()
    door = Door(limiter, fail_open=fail_open, observe=limited.append, miss=lambda: missed.append(None))
    fetcher = ScriptedFetcher()
    crossing = Crossing(codecs(), fetcher)
    patience_of_keys = Patience(clock, wait_s=key_wait_s)
    failover = Failover(Attempter(transport), crossing, patience_of_keys, clock, attempts_max=attempts_max)
    return Scene(
        relay=Relay(store, failover, door, clock, observed.append, lost.append),
        lost=lost,
        limiter=limiter,
        limited=limited,
        missed=missed,
        patience=patience_of_keys,
        failover=failover,
        crossing=crossing,
        board=board_of(catalogue, VENDORS),
        clock=clock,
        store=store,
        transport=transport,
        fetcher=fetcher,
        caller=Caller(journal, patience),
        journal=journal,
        observed=observed,
    )


def catalogue_of(
    *,
    upstreams: int = 1,
    keys: int = 2,
    vendor: str = "openai_compatible",
    models: tuple[str, ...] | None = None,
    budget: Budget | None = None,
    limits: tuple[Limit, ...] = (),
) -> Catalogue:
    """The models `m` and `other` on so many upstreams, and one token."""
    ups = tuple(_upstream(at, keys, vendor) for at in range(upstreams))
    routes = tuple(ModelRoute(up.name, f"m-{at}") for at, up in enumerate(ups))
    token = Token(
        id="tok_1",
        name="ci",
        organization_id="org_1",
        digest=digest(SECRET),
        hint=hint(SECRET),
        models=models,
        budgets=() if budget is None else (msgspec.structs.replace(budget, id="bud_1"),),
        limits=limits,
    )
    return Catalogue(
        revision=1,
        upstreams=ups,
        models=tuple(Model(name=name, routes=routes, price=PRICE, max_output_tokens=100) for name in ("m", "other")),
        organizations=(Organization("org_1", "acme"),),
        tokens=(token,),
    )


def _upstream(at: int, keys: int, vendor: str) -> Upstream:
    secrets = [f"sk-upstream-{at}-{number}" for number in range(keys)]
    return Upstream(
        id=f"up_{at}",
        name=f"up{at}",
        vendor=vendor,
        base_url=f"http://up{at}.internal.example/v1",
        keys=tuple(UpstreamKey(secret.replace("sk-", "key_"), secret, fingerprint(secret)) for secret in secrets),
        priority=at,
    )


def plain(
    text: str = "Hi there!", *, tokens: tuple[int, int] | None = (10, 5), finish: str = "stop"
) -> ScriptedInbound:
    """A whole answer; `tokens` are its usage, None says none."""
    answer: dict[str, Any] = {
        "model": "m-2026",
        "choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}],
    }
    if tokens is not None:
        answer["usage"] = _usage(tokens)
    return ScriptedInbound(json.dumps(answer).encode())


def refused(
    status: int, *, message: str = "no", headers: tuple[tuple[bytes, bytes], ...] = (), **members: Any
) -> ScriptedInbound:
    """A vendor's HTTP error."""
    body = json.dumps({"error": {"message": message, **members}}).encode()
    return ScriptedInbound(body, status=status, headers=[*JSON, *headers])


def stream(*steps: Step) -> ScriptedInbound:
    return ScriptedInbound(*steps, headers=SSE)


def delta(text: str | None = None, *, finish: str | None = None) -> bytes:
    """An event of a stream."""
    said = {} if text is None else {"content": text}
    return _event({"model": "m-2026", "choices": [{"index": 0, "delta": said, "finish_reason": finish}]})


def usage(tokens_in: int, tokens_out: int) -> bytes:
    """The last event before [DONE], as asked for by include_usage."""
    return _event({"model": "m-2026", "choices": [], "usage": _usage((tokens_in, tokens_out))})


def cost(tokens_in: int, tokens_out: int) -> int:
    """In nanos, at the price of every model here."""
    return tokens_in * 2_500 + tokens_out * 10_000


def _usage(tokens: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}


def _event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    async with asyncio.timeout(60):  # a busy machine is slow, and not wrong
        while not condition():  # noqa: ASYNC110 - any condition will do, not only one that tells
            await asyncio.sleep(0.001)
