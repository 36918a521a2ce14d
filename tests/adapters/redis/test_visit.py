"""What no limiter's contract can show: the moments between an answer on its way and a caller who has gone."""

import asyncio
from typing import Any

from tests.contract.limiter import bounds, queued
from waystation.adapters.redis.limits import Limits
from waystation.adapters.redis.line import LEAVE, QUIT
from waystation.adapters.redis.visit import RedisPass, Visit
from waystation.wire.errors import LimiterUnavailable

RATES = [-1, 0, 600, -1, 0, 600]
ADMITTED, QUEUED = [1, 7, RATES], [2, 0, 99]
LIMITS = Limits(bounds(acme=queued()))


class Desk:
    """Implements `visit.Desk`, and is its line too."""

    def __init__(self) -> None:
        self.line: Any = self
        self.told: list[int] = []
        self.sent = self.held = 0

    def send(self, _: Visit) -> None:
        self.sent += 1

    def tell(self, order: tuple[Any, ...]) -> None:
        self.told.append(order[0])

    def hold(self, _: Limits) -> None:
        self.held += 1

    def let_go(self, _: Limits) -> None:
        self.held -= 1

    def newest(self, limits: Limits) -> Limits:
        return limits

    def await_turn(self, _: Visit) -> None: ...

    def forget(self, _: Visit) -> None: ...


def visit(desk: Desk) -> Visit:
    return Visit(desk, LIMITS, 0, "gate 1")


async def test_who_is_let_in_after_it_has_gone_gives_its_place_back() -> None:
    desk = Desk()
    gone = visit(desk)
    gone.future.cancel()
    gone.leave()
    gone.land(ADMITTED)
    assert (desk.told, desk.held) == ([LEAVE], 0)


async def test_who_is_queued_after_it_has_gone_quits() -> None:
    desk = Desk()
    gone = visit(desk)
    gone.future.cancel()
    gone.land(QUEUED)
    assert desk.told == [QUIT]


async def test_who_leaves_while_it_asks_again_quits_when_the_answer_is_there() -> None:
    for answer, told in ((QUEUED, QUIT), (ADMITTED, LEAVE)):
        desk = Desk()
        waiting = visit(desk)
        waiting.land(QUEUED)
        waiting.ask()
        waiting.leave()
        assert desk.told == []
        waiting.land(answer)
        assert (desk.told, desk.held, waiting.future.result()) == ([told], 0, None)


async def test_who_is_woken_while_it_asks_asks_once_more() -> None:
    desk = Desk()
    waiting = visit(desk)
    waiting.land(QUEUED)
    for _ in range(3):
        waiting.ask()
    waiting.ask(last=True)
    assert (desk.sent, waiting.order[-1]) == (1, False)
    waiting.land(QUEUED)
    assert desk.sent == 2
    waiting.land([0, RATES, 0, "concurrency", 0, 0])
    outcome = waiting.future.result()
    assert outcome is not None
    assert not isinstance(outcome, RedisPass)
    assert outcome.waited


async def test_a_loss_is_heard_of_once() -> None:
    waiting = visit(Desk())
    waiting.land(QUEUED)
    waiting.fail(LimiterUnavailable("lost"))
    waiting.fail(LimiterUnavailable("lost again"))
    waiting.leave()
    assert str(waiting.future.exception()) == "lost"
    assert asyncio.isfuture(waiting.future)
