from msgspec.structs import replace

from waystation.manifest.facets import budget_text, facets, limit_text, time_text
from waystation.wire.catalogue import (
    Budget,
    FormerSecret,
    Model,
    ModelRoute,
    Node,
    Organization,
    Timeouts,
    Token,
    Upstream,
    UpstreamKey,
)
from waystation.wire.limit import Limit
from waystation.wire.price import Price


def test_an_upstream_s_secrets_are_fingerprints() -> None:
    upstream = Upstream(
        id="up_1",
        name="main",
        vendor="openai",
        base_url="https://x.example",
        keys=(UpstreamKey("key_1", "hunter2", "aaaaaaaa"), UpstreamKey("key_2", "hunter3", "bbbbbbbb")),
        proxy="http://user:hunter4@proxy:1",
        timeouts=Timeouts(connect_s=0.5),
    )
    found = facets(upstream)
    assert found["keys"] == "aaaaaaaa, bbbbbbbb"
    assert found["proxy"] == "http://•••@proxy:1"
    assert found["timeouts"] == "connect 0.5 s, first byte 60 s, idle 60 s, total 600 s"
    assert "ca_file" not in found
    assert "hunter" not in str(found)


def test_a_model_s_prices_are_amounts() -> None:
    model = Model(
        name="m",
        routes=(ModelRoute("a", "x"), ModelRoute("b", "y")),
        price=Price(currency="USD", input=2_500_000_000, output=0, cache_read_input=1, cache_creation_1h_input=2),
    )
    assert facets(model) == {
        "routes": "a/x, b/y",
        "price.input": "2.50 USD",
        "price.output": "0.00 USD",
        "price.cache_read_input": "0.000000001 USD",
        "price.cache_creation_1h_input": "0.000000002 USD",
        "max_output_tokens": "16384",
    }


def test_a_token_shows_its_hint_and_limits() -> None:
    token = Token(
        id="tok_1",
        name="ci",
        organization_id="org_1",
        digest=b"\xab" * 32,
        hint="sk-ws-abcd…wxyz",
        models=("a", "b"),
        budgets=(Budget(10_000_000_000, "USD", "month"),),
        expires_at=1,
    )
    assert facets(token) == {
        "name": "ci",
        "secret": "sk-ws-abcd…wxyz (sha256 abababab)",
        "models": "a, b",
        "budget": "10.00 USD a month",
        "expires": "1970-01-01T00:00:01Z",
    }


def test_a_token_without_limits_may_use_all() -> None:
    budgets = (Budget(0, "USD"),)
    token = Token(id="tok_1", name="ci", organization_id="org_1", digest=bytes(32), hint="…", budgets=budgets)
    assert facets(token)["models"] == "all"
    assert facets(token)["budget"] == "0.00 USD in total"


def test_an_organization_shows_its_retention_if_it_has_one() -> None:
    assert facets(Organization("org_1", "acme")) == {}
    assert facets(Organization("org_1", "acme", 30)) == {"retain_responses_days": "30"}


def test_the_start_of_a_day_is_a_date() -> None:
    assert time_text(86_400) == "1970-01-02"
    assert time_text(86_399) == "1970-01-01T23:59:59Z"


def test_a_budget_tells_its_calendar_and_what_else_is_special() -> None:
    assert budget_text(Budget(10**9, "USD", "month", thresholds=(50, 80))) == "1.00 USD a month, told at 50 %, 80 %"
    assert budget_text(Budget(10**9, "USD", "day", hard=False)) == "1.00 USD a day, only counted"
    custom = Budget(10**9, "USD", "custom", starts_on="2026-01-31")
    assert budget_text(custom) == "1.00 USD from 2026-01-31"
    assert budget_text(replace(custom, ends_on="2026-12-31")) == "1.00 USD from 2026-01-31 to 2026-12-31"
    assert budget_text(replace(custom, every="14 days")) == "1.00 USD each 14 days from 2026-01-31"


def test_all_that_a_token_may_is_shown() -> None:
    token = Token(
        id="tok_1",
        name="ci",
        organization_id="org_1",
        digest=bytes(32),
        hint="…",
        addresses=("10.0.0.0/8",),
        dialects=("openai.chat",),
        tags=("night",),
        retention="none",
        paused=True,
        former=(FormerSecret(b"f", "sk…f", 86_400),),
    )
    assert facets(token).items() >= {
        ("addresses", "10.0.0.0/8"),
        ("dialects", "openai.chat"),
        ("tags", "night"),
        ("retention", "none"),
        ("paused", "yes"),
        ("former", "sk…f until 1970-01-02"),
    }


def test_an_organization_and_a_node_show_what_is_set() -> None:
    organization = Organization(
        "org_1", "acme", kind="person", time_zone="Asia/Shanghai", currency="CNY", price_group="p", models=("m",)
    )
    assert facets(organization) == {
        "kind": "person",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "price_group": "p",
        "models": "m",
    }
    member = Node(id="mem_1", kind="member", name="alice", organization_id="org_1", email="a@b.example")
    assert facets(member) == {"email": "a@b.example"}


def test_limits_are_said_in_words() -> None:
    limit = Limit(rpm=60, tpm=1000, concurrency=5, queue=3, queue_s=10)
    assert limit_text(limit) == "60 requests a minute, 1000 tokens a minute, 5 at once, 3 waiting up to 10 s"
    acme = Organization("org_1", "acme", limits=(limit, Limit(rpm=6, model="m")))
    assert facets(acme)["limit"] == f"{limit_text(limit)}; 6 requests a minute for m"
    assert facets(Model(name="m", routes=(), price=None, limit=Limit(tpm=9)))["limit"] == "9 tokens a minute"
