import pytest

from tests.relay.world import plain, refused, scene
from waystation.relay.tally import Tally
from waystation.relay.way import BYTES_MAX, way_of
from waystation.wire.catalogue import Model
from waystation.wire.record import Attempt
from waystation.wire.routing import Routing

MODEL = Model(name="m", routes=(), price=None)


def attempt(upstream: str, fault: str | None = None, status: int | None = 200) -> Attempt:
    return Attempt(
        upstream=upstream, key_fingerprint="aaaaaaaa", model="m-1", fault=fault, status=status, duration_ms=7
    )


def tally(*attempts: Attempt, over: tuple[tuple[str, str, str], ...] = ()) -> Tally:
    return Tally(lambda: 0.0, attempts=attempts, passed_over=over)


def test_a_way_without_detours_is_short() -> None:
    assert way_of(MODEL, tally(attempt("main"))) == "main/m-1; strategy=weighted; attempts=1"


def test_what_failed_and_what_was_passed_over_is_told_without_keys() -> None:
    told = tally(
        attempt("main", "busy", 503),
        attempt("slow", "busy", None),
        attempt("备用"),
        over=(("third", "m-3", "its breaker is open"),),
    )
    model = Model(name="m", routes=(), price=None, routing=Routing(strategy="sticky"))
    assert way_of(model, told) == (
        "%E5%A4%87%E7%94%A8/m-1; strategy=sticky; attempts=3; "
        "tried=main/m-1: busy 503 in 7 ms, slow/m-1: busy in 7 ms; passed-over=third/m-3: its breaker is open"
    )
    assert "aaaaaaaa" not in way_of(model, told)


def test_nobody_answered() -> None:
    assert way_of(MODEL, tally(over=(("a", "b", "no key of its is ready"),))).startswith("none; strategy=weighted")


def test_it_is_bounded_and_can_stand_in_a_header() -> None:
    told = way_of(MODEL, tally(*(attempt("x\r\ny: z%" * 20, "busy") for _ in range(100))))
    assert len(told) == BYTES_MAX
    assert told.isascii()
    assert told.isprintable()


@pytest.mark.parametrize("asked", [True, False])
async def test_only_who_asks_is_told(*, asked: bool) -> None:
    at = scene(refused(500), plain(), upstreams=2)
    messages = [{"role": "user", "content": "Hi"}]
    await at.relay.run(at.call_in("openai.chat", {"model": "m", "messages": messages}, explains=asked), at.caller)
    way = "up1/m-1; strategy=weighted; attempts=2; tried=up0/m-0: busy 500 in 0 ms"
    assert at.caller.way == (way if asked else None)
