import asyncio

import pytest

from tests.relay.world import ScriptedInbound, ScriptedTransport, StillClock
from waystation.house import balances
from waystation.house.balances import Balances
from waystation.keys.health import Health
from waystation.relay.board import Board, board_of
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Upstream, UpstreamKey
from waystation.wire.errors import ConnectFailed

KEYS = (UpstreamKey("k0", "sk-0", "00000000", "acme"), UpstreamKey("k1", "sk-1", "00000001", "acme"))
PAID = b'{"is_available": true}'
UNPAID = b'{"is_available": false}'


class Scene:
    """An account of two keys that is out of money since a while."""

    def __init__(self, *answers: ScriptedInbound | Exception, base_url: str = "https://api.deepseek.com/v1") -> None:
        made = Upstream(id="up", name="main", vendor="openai_compatible", base_url=base_url, keys=KEYS)
        self.clock = StillClock()
        self.board: Board = board_of(Catalogue(revision=1, upstreams=(made,)), vendors())
        self.transport = ScriptedTransport(*answers)
        self.balances = Balances(lambda: self.board, vendors(), self.transport, self.clock)
        lease = self.board.pools["up"].lease("m", self.clock.at)
        assert lease is not None
        lease.fail("broke", self.clock.at, None, "402")
        self.clock.at += 300.0

    @property
    def health(self) -> Health:
        return self.board.pools["up"].healths()["k1"]

    def state(self) -> str:
        return self.health.state("m", self.clock.at)


async def test_an_account_is_asked_for_once_and_probed_when_it_has_money_again() -> None:
    at = Scene(ScriptedInbound(PAID))
    assert at.state() == "broke"
    await at.balances.look()
    assert at.state() == "probing"
    (asked,) = at.transport.asked
    assert (asked.method, asked.endpoint.host, asked.endpoint.base_path + asked.path) == (
        "GET",
        "api.deepseek.com",
        "/user/balance",
    )
    assert dict(asked.headers)[b"authorization"] in {b"Bearer sk-0", b"Bearer sk-1"}
    lease = at.board.pools["up"].lease("m", at.clock.at)
    assert lease is not None
    lease.succeed(at.clock.at + 1)
    assert at.state() == "ready"


async def test_an_account_without_money_is_asked_for_again_after_a_longer_while() -> None:
    at = Scene(ScriptedInbound(UNPAID), ScriptedInbound(PAID))
    await at.balances.look()
    at.clock.at += 599.0
    await at.balances.look()
    assert (at.state(), len(at.transport.asked)) == ("broke", 1)
    at.clock.at += 1.0
    await at.balances.look()
    assert at.state() == "probing"


@pytest.mark.parametrize(
    "answer",
    [ScriptedInbound(PAID, status=500), ScriptedInbound(b"<html>"), ConnectFailed("refused"), ScriptedInbound(b"{}")],
    ids=["500", "html", "refused", "empty"],
)
async def test_a_call_probes_where_the_balance_can_not_be_had(answer: ScriptedInbound | Exception) -> None:
    at = Scene(answer)
    await at.balances.look()
    assert at.state() == "probing"


async def test_nobody_is_asked_before_its_time_or_where_nobody_tells() -> None:
    early, elsewhere = Scene(), Scene(base_url="https://api.openai.com/v1")
    early.clock.at -= 1.0
    await early.balances.look()
    await elsewhere.balances.look()
    assert (early.transport.asked, elsewhere.transport.asked) == ([], [])
    assert (early.state(), elsewhere.state()) == ("broke", "probing")


async def test_it_looks_until_it_is_cancelled_and_no_surprise_ends_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(balances, "EVERY_S", 0.0)
    at = Scene()
    looks, enough = 0, asyncio.Event()

    def board() -> Board:
        nonlocal looks
        looks += 1
        if looks > 1:
            enough.set()
        return at.board

    at.clock.at -= 1.0

    async def fail(_look: object) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(balances, "EVERY_S", 0.0)
        raise ValueError("a surprise")

    monkeypatch.setattr(Balances, "look", fail)
    task = asyncio.create_task(Balances(board, vendors(), at.transport, at.clock).run())
    await enough.wait()
    task.cancel()
    assert (at.transport.asked, at.state()) == ([], "broke")
    assert "balances not asked for" in caplog.text
