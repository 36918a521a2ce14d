from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.manifest.conftest import ENVIRON, FILE, SECRET, VENDORS, Desk, StillClock
from waystation.ledger.budget import budget_id
from waystation.manifest.checks import check
from waystation.manifest.document import read_document
from waystation.manifest.export import export
from waystation.manifest.outcome import outcome
from waystation.manifest.plan import Change, make_plan
from waystation.manifest.repository import Item, Snapshot
from waystation.manifest.resolve import Context, resolve
from waystation.manifest.source import read_source
from waystation.wire.catalogue import (
    Budget,
    Catalogue,
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
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Limit
from waystation.wire.money import Money
from waystation.wire.price import Price
from waystation.wire.routing import BreakerSettings, Routing, ScoreWeights

KEYS = {"KEY_MAIN_1": ENVIRON["KEY_A"], "KEY_MAIN_2": ENVIRON["KEY_B"]}


def test_an_export_applies_again_without_a_change(desk: Desk) -> None:
    desk.apply(FILE)
    before = desk.dump()
    plan = desk.apply(desk.operations.export(), environ=KEYS, prune=True)
    assert plan.text() == "nothing to change"
    assert desk.dump() == before


def test_an_export_moves_a_catalogue(desk: Desk, open_desk: Any) -> None:
    desk.apply(FILE)
    desk.clock.at += 1  # not the same moment, and so not the same ids
    other: Desk = open_desk("other")
    other.apply(desk.operations.export(), environ=KEYS)
    assert other.operations.export() == desk.operations.export()


def test_an_export_holds_no_secret(desk: Desk) -> None:
    desk.apply(FILE.replace("    keys:", "    proxy: http://u:hunter2@p:1\n    keys:"))
    text = desk.operations.export()
    assert not [secret for secret in (*ENVIRON.values(), SECRET, "hunter2") if secret in text]
    assert text.startswith(
        "# The catalogue at revision 1.\n"
        "# Set these before it is applied:\n"
        "#   KEY_MAIN_1  sha256 65663c3e…\n"
        "#   KEY_MAIN_2  sha256 f04eb3f9…\n"
        "#   PROXY_MAIN  the proxy of main\n"
    )


def test_with_secrets_it_holds_the_keys_but_no_token_s_secret(desk: Desk) -> None:
    desk.apply(FILE)
    text = desk.operations.export(with_secrets=True)
    assert "keep it like one" in text
    assert all(key in text for key in ENVIRON.values())
    assert SECRET not in text
    assert not desk.apply(text, environ={}).changing


def test_an_export_lacks_a_variable_loudly(desk: Desk) -> None:
    desk.apply(FILE)
    said = desk.mistakes(desk.operations.export())
    assert ["KEY_MAIN_1 is not set" in said[0], "KEY_MAIN_2 is not set" in said[1], len(said)] == [True, True, 2]


def test_names_that_differ_by_a_sign_have_their_own_variables(desk: Desk) -> None:
    text = "upstreams:\n" + "".join(
        f"  - {{name: {name}, vendor: openai, keys: [{key}]}}\n"
        for name, key in [("a-b", "x"), ("a.b", "y"), ("研发", "z")]
    )
    desk.apply(text)
    exported = desk.operations.export()
    assert all(f"${{{name}}}" in exported for name in ("KEY_A_B_1", "KEY_A_B_1_2", "KEY_1"))
    assert not desk.apply(exported, environ={"KEY_A_B_1": "x", "KEY_A_B_1_2": "y", "KEY_1": "z"}).changing


def test_a_bundle_and_an_organization_without_wallets_come_back(desk: Desk) -> None:
    (desk.folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    desk.apply(
        "upstreams: [{name: a, vendor: openai, keys: [x], ca_file: ca.pem}]\norganizations: [{name: o}, {name: p, "
        "opening_credit: [1 USD, 2 CNY]}]"
    )
    exported = desk.operations.export(with_secrets=True)
    assert f"ca_file: {desk.folder}/ca.pem" in exported
    assert not desk.apply(exported).changing


def test_revoked_tokens_are_left_out(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.revoke_token("ci")
    text = desk.operations.export()
    assert "ci" not in text.split("organizations:")[1]
    assert not desk.apply(text, environ=KEYS, prune=True).changing


def test_an_empty_catalogue_is_an_empty_file(desk: Desk) -> None:
    assert desk.operations.export() == "# The catalogue at revision 0.\n{}\n"


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["C", "Z"]), min_size=1, max_size=8
)
MODELS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,10}", fullmatch=True)
KEY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
COUNT = st.none() | st.integers(1, 10**12)
LIMITS: st.SearchStrategy[Limit] = st.builds(
    Limit, rpm=st.integers(1, 10**12), tpm=COUNT, concurrency=st.integers(1, 9)
) | st.just(Limit(concurrency=3, queue=7, queue_s=60))
DIALECTS: st.SearchStrategy[tuple[Dialect, ...] | None] = st.sampled_from([None, ("openai.chat", "openai.embeddings")])
AMOUNT = st.integers(1, 10**15)


CALENDARS = (
    {"period": "day"},
    {"period": "month", "hard": False, "thresholds": (50, 100)},
    {"period": "custom", "starts_on": "2026-01-31", "every": "1 month", "ends_on": "2027-12-31"},
    {"period": "custom", "starts_on": "2026-01-31"},
)


@st.composite
def budgets(draw: st.DrawFn, owner_id: str, currency: str) -> tuple[Budget, ...]:
    found = []
    for calendar in draw(st.lists(st.sampled_from(CALENDARS), max_size=2, unique_by=str)):
        budget = Budget(draw(AMOUNT), currency, **calendar)  # type: ignore[arg-type]  # fields by name
        found.append(replace(budget, id=budget_id(owner_id, budget)))
    return tuple(found)


@st.composite
def organizations(draw: st.DrawFn, currency: str) -> Organization:
    return Organization(
        id="org_1",
        name=draw(NAMES),
        retain_responses_days=draw(st.integers(0, 400)),
        time_zone=draw(st.sampled_from(["UTC", "Asia/Shanghai"])),
        currency=draw(st.sampled_from([None, currency])),
        price_group=draw(st.sampled_from([None, "partners"])),
        budgets=draw(budgets("org_1", currency)),
        paused=draw(st.booleans()),
        limits=draw(st.just(()) | st.tuples(LIMITS)),
    )


@st.composite
def trees(draw: st.DrawFn, currency: str) -> tuple[Node, ...]:
    """Departments, one in another perhaps, then projects, then members, as a file would have them."""
    nodes: list[Node] = []
    for kind, prefix in (("department", "dep"), ("project", "prj"), ("member", "mem")):
        for number, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True))):
            above = [node.id for node in nodes if node.kind == "department"]
            is_second = kind == "department" and number == 1
            parent_id = (
                (above[0] if is_second else None) if kind == "department" else draw(st.sampled_from([None, *above]))
            )
            node = Node(
                id=f"{prefix}_{number}",
                kind=kind,  # type: ignore[arg-type]  # it is one
                name=name,
                organization_id="org_1",
                parent_id=parent_id,
                budgets=draw(budgets(f"{prefix}_{number}", currency)),
                paused=draw(st.booleans()),
                limits=draw(st.just(()) | st.tuples(LIMITS)),
                email="a@b.example" if kind == "member" and draw(st.booleans()) else None,
            )
            nodes.append(node)
    return tuple(nodes)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    upstreams = tuple(
        Upstream(
            id=f"up_{number}",
            name=name,
            vendor=draw(st.sampled_from(sorted(VENDORS))),
            base_url=draw(st.sampled_from(["https://x.example/v1", "http://127.0.0.1:9", "http://x/${a}$${b"])),
            keys=tuple(
                UpstreamKey(f"key_{number}_{index}", key, "f" * 8)
                for index, key in enumerate(draw(st.lists(KEY, min_size=1, max_size=3, unique=True)))
            ),
            priority=draw(st.integers(0, 9)),
            weight=draw(st.integers(1, 9)),
            proxy=draw(st.sampled_from([None, "http://p:1", "http://u:${p}@p:1"])),
            dialects=draw(DIALECTS),
            timeouts=Timeouts(connect_s=draw(st.floats(0.01, 100))),
            breaker=draw(st.sampled_from([None, BreakerSettings(enabled=False, window_s=0.5)])),
        )
        for number, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)))
    )
    currency = draw(st.sampled_from(["USD", "CNY"]))
    models = tuple(
        Model(
            name=name,
            routes=(ModelRoute(draw(st.sampled_from(upstreams)).name, draw(MODELS)),),
            price=draw(
                st.builds(
                    Price,
                    currency=st.just(currency),
                    input=AMOUNT | st.just(0),
                    output=AMOUNT | st.just(0),
                    cache_creation_1h_input=AMOUNT | st.none(),
                )
            ),
            max_output_tokens=draw(st.integers(1, 10**6)),
            created_at=draw(st.integers(0, 10**9)),
            limit=draw(st.none() | LIMITS),
            routing=draw(st.sampled_from([None, Routing(strategy="score", score=ScoreWeights(0, 1, 0.25))])),
        )
        for name in draw(st.lists(MODELS, max_size=3, unique=True))
    )
    organization = draw(organizations(currency))
    nodes = draw(trees(currency))
    projects, members = (tuple(one.id for one in nodes if one.kind == kind) for kind in ("project", "member"))
    tokens = tuple(
        Token(
            id=f"tok_{number}",
            name=name,
            organization_id="org_1",
            digest=bytes([number]) * 32,
            hint=draw(NAMES),
            models=draw(st.none() | st.just((models[0].name,))) if models else None,
            budgets=draw(budgets(f"tok_{number}", currency)),
            limits=(replace(draw(LIMITS), model=models[0].name), draw(LIMITS)) if models else (),
            expires_at=draw(st.none() | st.integers(0, 253_402_300_799)),
            project_id=draw(st.sampled_from([None, *projects])),
            member_id=draw(st.sampled_from([None, *members])),
            addresses=draw(st.none() | st.just(("10.0.0.0/8", "2001:db8::/32"))),
            dialects=draw(DIALECTS),
            tags=draw(st.sampled_from([(), ("夜间", "batch")])),
            retention=draw(st.sampled_from(["organization", "none"])),
            paused=draw(st.booleans()),
            former=draw(st.sampled_from([(), (FormerSecret(b"f" * 31 + bytes([number]), "…", 5),)])),
        )
        for number, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True)))
    )
    items = [Item("upstream", one.id) for one in upstreams] + [Item("model", one.name) for one in models]
    items += [Item("organization", "org_1"), *(Item("token", one.id) for one in tokens)]
    items += [Item(one.kind, one.id) for one in nodes]
    return Snapshot(
        catalogue=Catalogue(
            revision=1, upstreams=upstreams, models=models, organizations=(organization,), nodes=nodes, tokens=tokens
        ),
        wallets={"org_1": (Money(draw(AMOUNT), currency),)},
        kept_by=dict.fromkeys(items, "file"),
    )


@given(snapshots())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_catalogue_comes_back_from_its_export(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> None:
    path: Path = tmp_path_factory.mktemp("export") / "f.yaml"
    path.write_text(export(snapshot, with_secrets=True, at=1))
    source = read_source(path, {})
    document = read_document(source)
    desired = resolve(document, snapshot, Context(VENDORS, path.parent, StillClock().new_id, 1), source.report)
    result = outcome(document, snapshot, desired, prune=True)
    check(document, snapshot, desired, result, source.report)
    source.report.raise_if_any()
    assert make_plan(snapshot, desired, result).text() == "nothing to change"


PRICED = """\
upstreams:
  - {name: main, vendor: openai, keys: ["${KEY_A}"]}
models:
  - name: gpt-4o
    routes: [{upstream: main, model: gpt-4o-2024-08-06}]
    price:
      currency: USD
      input: "2.50"
      output: "10.00"
      search: "0.01"
      tiers:
        - {above_input_tokens: 200000, input: "5"}
        - {service_tier: flex, output: "5"}
        - {days: [mon], hours: "00:30-08:30", zone: Asia/Shanghai, input: "1"}
  - {name: soon, routes: [{upstream: main, model: soon-1}]}
organizations:
  - {name: acme, opening_credit: 1 USD}
prices:
  - {model: gpt-4o, currency: USD, input: "1", output: "1", starts: "2037-01-01", note: "cheaper"}
  - {model: soon, currency: USD, input: "1", output: "1", starts: "2037-01-01T08:00:00Z"}
  - {upstream: main, model: gpt-4o-2024-08-06, currency: USD, input: "2", output: "8", source: "https://x.example"}
multipliers:
  - {factor: "1.2"}
  - {organization: acme, models: "gpt-*", factor: "0.9"}
  - {group: vip, factor: "0.5", starts: "2037-01-01", note: "from then on"}
exchange_rates:
  - {base: USD, quote: CNY, rate: "7.12", source: "bank"}
  - {base: USD, quote: CNY, rate: "8", starts: "2037-01-01"}
"""


def test_prices_come_back_from_their_export(open_desk: Callable[[str], Desk]) -> None:
    desk, other = open_desk("one"), open_desk("two")
    plan = desk.apply(PRICED)
    booked = [(step.action, step.kind, step.name, step.note) for step in plan.steps if step.note is not None]
    now = "from 2027-01-15T08:00:00Z"
    assert booked == [
        ("create", "price", "gpt-4o", "from 2037-01-01"),
        ("create", "price", "soon", "from 2037-01-01T08:00:00Z"),
        ("create", "price", "main/gpt-4o-2024-08-06", now),
        ("create", "multiplier", "everybody *", now),
        ("create", "multiplier", "acme gpt-*", now),
        ("create", "multiplier", "group vip *", "from 2037-01-01"),
        ("create", "exchange rate", "USD/CNY", now),
        ("create", "exchange rate", "USD/CNY", "from 2037-01-01"),
    ]
    assert desk.apply(PRICED).text() == "nothing to change"
    keys = {"KEY_MAIN_1": ENVIRON["KEY_A"]}
    exported = desk.operations.export()
    assert desk.apply(exported, environ=keys).text() == "nothing to change"
    other.apply(exported, environ=keys)
    assert other.operations.export() == exported
    desk.clock.at += 1
    plan = desk.apply(PRICED.replace('rate: "7.12"', 'rate: "7.13"').replace('factor: "1.2"', 'factor: "1"'))
    assert [(step.kind, step.changes) for step in plan.steps if step.action == "update"] == [
        ("multiplier", (Change("factor", "1.20", "1.00"),)),
        ("exchange rate", (Change("rate", "7.12", "7.13"),)),
    ]


@pytest.mark.parametrize("name", ["1e100", "089", "0o17", "1_000", "true", "null", "~", "12:30:45"])
def test_a_name_that_looks_like_something_else_comes_back(desk: Desk, name: str) -> None:
    desk.apply(FILE.replace("name: acme", f'name: "{name}"'))
    keys = {"KEY_MAIN_1": ENVIRON["KEY_A"], "KEY_MAIN_2": ENVIRON["KEY_B"]}
    assert desk.apply(desk.operations.export(), environ=keys).text() == "nothing to change"
