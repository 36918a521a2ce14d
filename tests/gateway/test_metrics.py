import msgspec

from waystation.gateway.metrics import AT_ONCE, Metrics
from waystation.wire.limit import Bound, Limit, Limited, Rates
from waystation.wire.price import Price
from waystation.wire.record import Attempt, CallRecord, Outcome
from waystation.wire.usage import Usage


def record(*, model: str = "m", priced: bool = True, outcome: Outcome = "ok") -> CallRecord:
    attempt = Attempt(upstream="main", key_fingerprint="0", model="m", fault=None, status=200, duration_ms=5)
    return CallRecord(
        call_id="call_1",
        at=0.0,
        organization_id="org_1",
        token_id="tok_secretive",
        dialect="openai.chat",
        request_model=model,
        stream=False,
        outcome=outcome,
        status=200,
        upstream="main",
        attempts=(attempt,),
        usage=Usage(input_tokens=3, output_tokens=4),
        price=Price(currency="USD", input=1, output=1) if priced else None,
        currency="USD" if priced else None,
        amount_nanos=1_500_000_000,
        duration_ms=20,
        own_time_us=700,
        time_to_first_chunk_ms=15,
    )


def test_a_call_is_seen_in_every_family() -> None:
    metrics = Metrics({"waystation_calls_open": ("Open calls", lambda: 2.0)})
    metrics.observe(record())
    metrics.refuse("invalid_api_key")
    metrics.lose(record())
    metrics.miss()
    bound = Bound("tok_secretive", "token", "token 'secretive'", Limit(rpm=1))
    metrics.limit(Limited(bound, "requests", 0, 1, Rates(1, 0, 0, None, 0, 0)))
    page = metrics.page().decode()
    for line in (
        'waystation_calls_total{dialect="openai.chat",model="m",outcome="ok",upstream="main"} 1.0',
        'waystation_attempts_total{fault="ok",upstream="main"} 1.0',
        'gen_ai_client_token_usage_total{gen_ai_request_model="m",token_type="output"} 4.0',
        'waystation_cost_total{currency="USD"} 1.5',
        'waystation_refusals_total{code="invalid_api_key"} 1.0',
        "waystation_call_records_lost_total 1.0",
        'waystation_ratelimited_total{kind="requests",scope="token"} 1.0',
        "waystation_limiter_lost_total 1.0",
        'waystation_own_time_seconds_bucket{le="0.001"} 1.0',
        "waystation_calls_open 2.0",
    ):
        assert line in page
    assert "tok_secretive" not in page


def test_an_unknown_model_makes_no_label_of_its_own() -> None:
    metrics = Metrics({})
    metrics.observe(record(model="made-up-by-a-caller", priced=False, outcome="refused"))
    assert "made-up" not in metrics.page().decode()


def test_a_name_that_stands_for_a_model_is_counted_as_that() -> None:
    metrics = Metrics({})
    metrics.observe(msgspec.structs.replace(record(model="gpt-made-up"), model="any"))
    page = metrics.page().decode()
    assert 'model="any"' in page
    assert "made-up" not in page


def test_calls_are_counted_once_however_often_and_late_somebody_asks() -> None:
    metrics = Metrics({})
    for seen in range(1, 2 * AT_ONCE + 2):
        metrics.observe(record())
        if seen in {1, AT_ONCE, 2 * AT_ONCE + 1}:
            metrics.page()
    page = metrics.page().decode()
    assert f'waystation_attempts_total{{fault="ok",upstream="main"}} {2 * AT_ONCE + 1}.0' in page
    assert f"waystation_own_time_seconds_count {2 * AT_ONCE + 1}.0" in page


def test_changes_of_breakers_are_counted() -> None:
    metrics = Metrics({})
    metrics.breaker_change("main", "m-1", "open")
    line = 'waystation_breaker_changes_total{model="m-1",state="open",upstream="main"} 1.0'
    assert line in metrics.page().decode()
