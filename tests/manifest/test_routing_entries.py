from pathlib import Path

import pytest

from tests.manifest.conftest import Desk
from waystation.manifest.facets import facets
from waystation.manifest.mistakes import Report
from waystation.manifest.routing_entries import (
    BreakerEntry,
    RoutingEntry,
    breaker_fields,
    breaker_of,
    breaker_text,
    routing_fields,
    routing_of,
    routing_text,
)
from waystation.wire.routing import BreakerSettings, Routing, ScoreWeights

FILE = """
upstreams:
  - name: main
    vendor: openai
    keys: ["${KEY_A}"]
    BREAKER
models:
  - name: m
    free: true
    price: {currency: USD, input: "0", output: "0"}
    routes: [{upstream: main, model: m}]
    ROUTING
"""


def file(routing: str = "", breaker: str = "") -> str:
    return FILE.replace("ROUTING", routing).replace("BREAKER", breaker)


def test_what_a_file_says_is_in_the_catalogue_and_its_export_says_it_again(desk: Desk) -> None:
    desk.apply(
        file(
            "routing: {strategy: score, score: {errors: 3, speed: 0, price: 0.5}, hedge_ms: 800}",
            "breaker: {failed_percent: 25, attempts: 4, window: 30, backoff: 2, backoff_max: 8}",
        )
    )
    catalogue = desk.snapshot().catalogue
    assert catalogue.models[0].routing == Routing(strategy="score", score=ScoreWeights(3, 0, 0.5), hedge_ms=800)
    assert catalogue.upstreams[0].breaker == BreakerSettings(
        failed_percent=25, attempts_min=4, window_s=30, backoff_s=2, backoff_max_s=8
    )
    assert facets(catalogue.models[0])["routing"] == "score: errors 3, speed 0, price 0.5; streams hedged after 800 ms"
    assert facets(catalogue.upstreams[0])["breaker"] == "at 25 % of 4 or more in 30 s, for 2 to 8 s"
    exported = desk.operations.export(with_secrets=True)
    assert not desk.apply(exported).changing


def test_what_is_so_by_default_leaves_no_trace(desk: Desk) -> None:
    desk.apply(file("routing: {strategy: weighted}", "breaker: {}"))
    catalogue = desk.snapshot().catalogue
    assert (catalogue.models[0].routing, catalogue.upstreams[0].breaker) == (None, None)
    assert not desk.apply(file()).changing


def test_a_file_without_it_goes_back_to_the_default(desk: Desk) -> None:
    desk.apply(file("routing: {strategy: sticky}", "breaker: {enabled: false}"))
    plan = desk.apply(file())
    assert "routing" in plan.text()
    catalogue = desk.snapshot().catalogue
    assert (catalogue.models[0].routing, catalogue.upstreams[0].breaker) == (None, None)


@pytest.mark.parametrize(
    ("routing", "breaker", "said"),
    [
        ("routing: {strategy: quickest}", "", "models[0].routing.strategy: expected weighted, round_robin"),
        ("routing: {strategy: sticky, score: {}}", "", "models[0].routing.score: given with the strategy 'sticky'"),
        ("routing: {strategy: score, score: {errors: -1}}", "", "expected a number from 0 to 1000, got an integer -1"),
        ("routing: {strategy: score, score: {errors: 0, speed: 0, price: 0}}", "", "every weight is 0"),
        ("routing: {hedge_ms: 1}", "", "models[0].routing.hedge_ms: expected milliseconds, an integer from 10"),
        ("routing: [sticky]", "", "models[0].routing: expected a mapping of fields"),
        ("", "breaker: {failed_percent: 0}", "upstreams[0].breaker.failed_percent: expected a percentage"),
        ("", "breaker: {attempts: 0}", "upstreams[0].breaker.attempts: expected how many attempts"),
        ("", "breaker: {backoff: 9, backoff_max: 3}", "upstreams[0].breaker.backoff_max: below backoff, which is 9"),
        ("", "breaker: {enabled: maybe}", "expected true or false, got 'maybe'"),
        ("", "breaker: {retries: 3}", "there is no field 'retries'"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(desk: Desk, routing: str, breaker: str, said: str) -> None:
    (wrong,) = desk.mistakes(file(routing, breaker))
    assert said in wrong


def test_texts_and_fields() -> None:
    assert routing_text(Routing(strategy="fastest")) == "fastest"
    assert routing_fields(Routing(strategy="fastest")) == {"strategy": "fastest"}
    assert breaker_text(BreakerSettings(enabled=False)) == "off"
    assert breaker_fields(BreakerSettings())["attempts"] == 10
    report = Report(str(Path("file")))
    assert routing_of((), RoutingEntry(), report) is None
    assert breaker_of((), BreakerEntry(), report) is None
