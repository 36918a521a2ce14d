from typing import Any

import msgspec
import pytest

from tests.relay.world import (
    DONE,
    PRICE,
    VENDORS,
    Scene,
    Step,
    cost,
    delta,
    plain,
    refused,
    scene,
    stream,
    usage,
)
from waystation.adapters.memory import MemoryStore
from waystation.relay.answers import Answers
from waystation.relay.board import board_of
from waystation.relay.call import Call, Repeat
from waystation.relay.repeats import Repeats
from waystation.relay.tally import Tally
from waystation.wire.booking import ClaimOrder
from waystation.wire.catalogue import Budget, Model, ModelRoute
from waystation.wire.errors import (
    AnswerGone,
    BadRequest,
    DeadlineExceeded,
    IdempotencyConflict,
    InsufficientQuota,
    LinkRefused,
    ModelNotFound,
    PriceMissing,
    RateLimited,
    StoreUnavailable,
    Truncated,
    UpstreamError,
    VendorRefusal,
)
from waystation.wire.limit import Limit
from waystation.wire.price import Price
from waystation.wire.wish import Wish

DEAR = Price(currency="USD", input=25_000_000_000, output=100_000_000_000)


def model(name: str, *, price: Price | None = PRICE, upstream: str = "up0", **fields: Any) -> Model:
    routes = (ModelRoute(upstream, f"{name}-there"),)
    return Model(name=name, routes=routes, price=price, max_output_tokens=100, **fields)


def among(at: Scene, *models: Model) -> Scene:
    at.board = board_of(msgspec.structs.replace(at.store.known, models=models), VENDORS)
    return at


def wishing(call: Call, *models: str) -> Call:
    return msgspec.structs.replace(call, ask=msgspec.structs.replace(call.ask, wish=Wish(models=models)))


def asked(at: Scene) -> list[str]:
    """The names of models that the upstreams were asked for."""
    return [msgspec.json.decode(request.body)["model"] for request in at.transport.asked]


async def test_the_next_model_of_the_list_is_asked_and_paid() -> None:
    at = among(scene(refused(500), plain()), model("m", price=DEAR), model("second"), model("third"))
    await at.relay.run(wishing(at.call(), "second", "third"), at.caller)
    assert at.caller.ended
    assert asked(at) == ["m-there", "second-there"]
    record = at.record
    assert (record.request_model, record.model, record.outcome) == ("m", "second", "ok")
    assert [attempt.model for attempt in record.attempts] == ["m-there", "second-there"]
    assert record.price == PRICE
    assert at.spent == record.amount_nanos == cost(10, 5)
    assert record.hold_nanos < 100 * 100_000  # the hold of the one that answered


async def test_a_stream_falls_back_before_its_first_byte() -> None:
    first: Step = b"data: " + msgspec.json.encode({"error": {"message": "no", "code": "overloaded"}}) + b"\n\n"
    answer = stream(delta("Hi", finish="stop"), usage(7, 3), DONE)
    at = among(scene(stream(first), answer), model("m"), model("second", price=DEAR))
    await at.relay.run(wishing(at.call(stream=True), "second"), at.caller)
    assert at.caller.ended
    assert (at.record.model, at.spent) == ("second", cost(7, 3) * 10)


async def test_and_never_after_it() -> None:
    at = among(scene(stream(delta("Hi")), plain()), model("m"), model("second"))
    with pytest.raises(Truncated):
        await at.relay.run(wishing(at.call(stream=True), "second"), at.caller)
    assert asked(at) == ["m-there"]
    assert (at.record.model, at.record.outcome) == (None, "cut")
    assert at.spent == at.record.amount_nanos > 0


async def test_the_operator_s_setting_is_followed_where_the_caller_has_no_list() -> None:
    models = (model("m", fallbacks=("second",)), model("second", fallbacks=("third",)), model("third"))
    at = among(scene(refused(500), refused(500)), *models)
    with pytest.raises(UpstreamError) as failed:
        await at.relay.run(at.call(), at.caller)
    assert asked(at) == ["m-there", "second-there"]  # fallbacks of fallbacks are not followed
    assert failed.value.public_status == 502
    assert (at.record.outcome, at.record.model, at.spent) == ("failed", "second", 0)


async def test_the_caller_s_list_goes_before_the_setting() -> None:
    at = among(scene(refused(500), plain()), model("m", fallbacks=("second",)), model("second"), model("third"))
    await at.relay.run(wishing(at.call(), "m", "third", "third"), at.caller)
    assert asked(at) == ["m-there", "third-there"]


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, code="context_length_exceeded"),
        refused(400, code="content_policy_violation"),
        refused(413),
        refused(429, code="rate_limit_exceeded"),
        refused(404, code="model_not_found"),
        refused(503),
    ],
    ids=["too long", "moderated", "too large", "limited", "unknown", "down"],
)
async def test_whatever_a_vendor_refuses_another_model_may_take(answer: Any) -> None:
    at = among(scene(answer, plain(), keys=1), model("m"), model("second", upstream="up0"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert at.record.model == "second"


async def test_what_a_vendor_says_of_a_prompt_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answer = refused(400, message="'my dark secret' is not allowed", code="content_policy_violation")
    at = among(scene(answer, plain()), model("m"), model("second"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    told = [vars(record) for record in caplog.records]
    assert [one["code"] for one in told if one["msg"] == "falls back"] == ["content_policy_violation"]
    assert "dark secret" not in str(told)


async def test_the_last_refusal_is_the_caller_s() -> None:
    at = among(scene(refused(400, message="one"), refused(400, message="two")), model("m"), model("second"))
    with pytest.raises(VendorRefusal, match="two"):
        await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert (at.record.outcome, at.record.status, at.spent) == ("refused", 400, 0)


async def test_a_name_in_the_list_that_the_token_may_not_use_is_told_before_anything_is_sent() -> None:
    at = among(scene(plain()), model("m"), model("second"))
    for name in ("nobody", "hidden"):
        with pytest.raises(ModelNotFound, match=name):
            await at.relay.run(wishing(at.call(), "second", name), at.caller)
    assert asked(at) == []


async def test_one_of_the_setting_that_the_token_may_not_use_is_passed_over() -> None:
    models = (model("m", fallbacks=("second", "third")), model("second"), model("third"))
    at = among(scene(refused(500), plain(), models=("m", "third")), *models)
    await at.relay.run(at.call(), at.caller)
    assert at.record.model == "third"


async def test_a_model_that_the_money_or_a_limit_has_no_room_for_is_passed_over() -> None:
    budget = Budget(cost(200, 100), "USD")
    at = among(scene(plain(), plain(), budget=budget), model("m", price=DEAR), model("second"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert asked(at) == ["second-there"]
    assert at.record.model == "second"

    limited = among(scene(plain(), plain(), limits=(Limit(rpm=1, model="m"),)), model("m"), model("second"))
    await limited.relay.run(wishing(limited.call(), "second"), limited.caller)
    await limited.relay.run(wishing(limited.call(), "second"), limited.caller)
    assert [record.model for record in limited.store.records] == [None, "second"]


async def test_what_was_let_in_for_a_model_that_failed_is_free_again() -> None:
    limits = (Limit(concurrency=1, model="m"), Limit(concurrency=1))
    at = among(scene(refused(500), plain(), limits=limits), model("m"), model("second"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert at.record.model == "second"
    at.transport.then(plain())
    await at.relay.run(at.call(), at.caller)
    assert at.store.records[-1].outcome == "ok"


async def test_if_no_model_can_be_paid_the_caller_is_told_of_the_last() -> None:
    at = among(scene(credit=1), model("m"), model("second", price=DEAR))
    with pytest.raises(InsufficientQuota):
        await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert (at.record.outcome, at.record.hold_nanos, at.record.price) == ("refused", 0, None)


async def test_a_model_without_a_price_is_passed_over_and_alone_refused() -> None:
    at = among(scene(plain()), model("m", price=None), model("second"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert at.record.model == "second"
    with pytest.raises(PriceMissing):
        await at.relay.run(at.call(), at.caller)


async def test_each_model_has_attempts_of_its_own() -> None:
    answers = [refused(500) for _ in range(2)]
    at = scene(*answers, plain(), upstreams=3, attempts_max=2)
    routes = tuple(ModelRoute(f"up{number}", "m") for number in range(3))
    both = (Model(name="m", routes=routes, price=PRICE), model("second", upstream="up2"))
    await among(at, *both).relay.run(wishing(at.call(), "second"), at.caller)
    assert [attempt.upstream for attempt in at.record.attempts] == ["up0", "up1", "up2"]


async def test_a_call_whose_time_is_over_falls_back_no_more() -> None:
    at = among(scene(refused(500)), model("m"), model("second"))
    call = wishing(at.call(), "second")
    with pytest.raises(DeadlineExceeded):
        await at.relay.run(msgspec.structs.replace(call, deadline=call.began), at.caller)
    assert asked(at) == []


async def test_what_is_wrong_with_the_request_or_the_house_is_wrong_with_any_model() -> None:
    at = among(scene(refused(500), plain()), model("m"), model("second"))
    at.store.failing = {"void"}
    with pytest.raises(StoreUnavailable):
        await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert asked(at) == ["m-there"]
    for error in (BadRequest("x"), LinkRefused("x"), StoreUnavailable("x")):
        fallback = at.relay._fallback
        with pytest.raises(type(error)):
            await fallback.next(wishing(at.call(), "second"), error, None, _tally(at))


def _tally(at: Scene) -> Any:

    return Tally(at.clock.monotonic)


async def test_a_key_stays_with_the_hold_of_the_model_that_answered() -> None:
    """One call and one bill, also where another gateway is asked again."""
    at = among(scene(refused(500), plain()), model("m"), model("second"))
    repeat = Repeat(b"key".ljust(32), b"body".ljust(32))
    call = msgspec.structs.replace(wishing(at.call(), "second"), repeat=repeat)
    await _repeats(at).run(call, at.caller)
    again = msgspec.structs.replace(wishing(at.call(), "second"), repeat=repeat)
    with pytest.raises(AnswerGone, match=call.call_id):
        await _repeats(at).run(again, at.caller)
    assert at.spent == cost(10, 5)


async def test_a_key_that_another_call_has_taken_meanwhile_ends_the_fallback() -> None:
    at = among(scene(refused(500), plain()), model("m"), model("second"))
    repeat = Repeat(b"key".ljust(32), b"body".ljust(32))
    call = msgspec.structs.replace(wishing(at.call(), "second"), repeat=repeat)
    void = at.store.void

    async def void_and_lose(hold_id: str, *, at: float) -> None:
        await void(hold_id, at=at)
        order = ClaimOrder(
            digest=repeat.digest,
            input_digest=repeat.input_digest,
            call_id="call_other",
            hold_id="hold_other",
            at=at,
            expires_at=at + 60,
        )
        assert await MemoryStore.claim_key(scene_.store, order) is None

    scene_ = at
    at.store.void = void_and_lose  # type: ignore[method-assign]
    with pytest.raises(IdempotencyConflict, match="call_other"):
        await _repeats(at).run(call, at.caller)
    assert asked(at) == ["m-there"]
    assert at.spent == 0


def _repeats(at: Scene) -> Repeats:
    answers = Answers(at.clock.monotonic, bytes_max=10_000, keep_s=60.0)
    return Repeats(at.relay, at.store, at.clock, answers, lambda: None)


async def test_a_limit_that_is_reached_by_all_is_told() -> None:
    at = among(scene(plain(), limits=(Limit(rpm=1),)), model("m"), model("second"))
    await at.relay.run(at.call(), at.caller)
    with pytest.raises(RateLimited):
        await at.relay.run(wishing(at.call(), "second"), at.caller)


async def test_who_has_another_model_to_go_to_waits_for_no_key() -> None:
    at = among(scene(refused(429), plain(), keys=1, key_wait_s=30), model("m"), model("second"))
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert at.record.model == "second"


async def test_a_breaker_that_a_call_was_to_probe_is_free_for_the_next() -> None:
    at = among(scene(refused(400), plain()), model("m"), model("second"))
    (route,) = at.board.served["m"].tiers[0]
    breaker = route.breaker
    assert breaker is not None
    for _ in range(10):
        breaker.failed(at.clock.at, "500")
    assert not breaker.closed
    at.clock.at += 60
    await at.relay.run(wishing(at.call(), "second"), at.caller)
    assert at.record.model == "second"
    assert breaker.state != "half_open"
