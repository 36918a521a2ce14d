"""A catalogue with something of everything in it."""

from typing import Final

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database
from waystation.identity.token import digest, hint
from waystation.ledger.budget import budget_id
from waystation.manifest.repository import Changes
from waystation.wire.catalogue import (
    Budget,
    Catalogue,
    Ceilings,
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
from waystation.wire.money import Money
from waystation.wire.overrides import BodyRule, HeaderRules, Overrides, When
from waystation.wire.price import Price
from waystation.wire.routing import BreakerSettings, Routing, ScoreWeights

CIPHER: Final = Cipher("0123456789abcdef0123456789abcdef")
KEYS: Final = ("sk-upstream-key-aaaa", "sk-upstream-key-bbbb")
PASSWORD: Final = "hunter2hunter2"
SECRET: Final = "0123456789abcdefghijXYZ_-"
NOW: Final = 1_795_000_000  # 2026-11-18
UPSTREAM: Final = Upstream(
    id="up_1",
    name="main",
    vendor="openai",
    base_url="https://x.example",
    keys=(UpstreamKey("key_1", KEYS[0], "aaaaaaaa"), UpstreamKey("key_2", KEYS[1], "bbbbbbbb", "acme", True)),
    priority=2,
    weight=3,
    proxy=f"http://u:{PASSWORD}@proxy:1",
    ca_file="/etc/ca.pem",
    timeouts=Timeouts(0.1, 2, 3, 4),
    dialects=("openai.chat", "openai.embeddings"),
    overrides=Overrides(
        headers=HeaderRules(passed=("x-trace",), set=(("x-team", PASSWORD),)),
        body=(BodyRule(action="set", member="a.b", value='{"c":1.0}', when=When(equals=(("d", (True, 1, "é")),))),),
        prefix="/p",
        paths=(("openai.chat", "/c"),),
    ),
    key_limits=Ceilings(rpm=5),
    model_limits=(("m-1", Ceilings(tpm=1_000, concurrency=2)),),
    breaker=BreakerSettings(failed_percent=7, window_s=1.5),
)
MODEL: Final = Model(
    name="m",
    routes=(ModelRoute("main", "m-1"), ModelRoute("main", "m-2")),
    price=Price(currency="USD", input=1, output=2, cache_read_input=0, cache_creation_1h_input=3, reasoning_output=4),
    max_output_tokens=5,
    created_at=7,
    limit=Limit(rpm=100, tpm=10**12),
    routing=Routing(strategy="score", score=ScoreWeights(errors=0.5)),
)


def monthly(owner_id: str, amount: int, *, hard: bool = True, thresholds: tuple[int, ...] = ()) -> Budget:
    budget = Budget(amount, "USD", "month", hard=hard, thresholds=thresholds)
    return Budget(amount, "USD", "month", budget_id(owner_id, budget), hard, thresholds)


ORGANIZATION: Final = Organization(
    id="org_1",
    name="acme",
    retain_responses_days=30,
    kind="organization",
    time_zone="Asia/Shanghai",
    currency="USD",
    price_group="partners",
    models=("m", "n"),
    budgets=(monthly("org_1", 1_000),),
    paused=False,
    limits=(Limit(concurrency=5, queue=3, queue_s=10), Limit(rpm=7, model="m")),
)
DEPARTMENT: Final = Node(
    id="dep_1",
    kind="department",
    name="研发",
    organization_id="org_1",
    models=("m",),
    limits=(Limit(tpm=9),),
    budgets=(
        monthly("dep_1", 500, thresholds=(50, 80)),
        Budget(9, "USD", "custom", "bud_c", hard=False, starts_on="2026-01-31", every="1 month", ends_on="2026-12-30"),
    ),
)
TEAM: Final = Node(id="dep_2", kind="department", name="平台", organization_id="org_1", parent_id="dep_1", paused=True)
PROJECT: Final = Node(id="prj_1", kind="project", name="chat", organization_id="org_1", parent_id="dep_2")
MEMBER: Final = Node(
    id="mem_1", kind="member", name="alice", organization_id="org_1", parent_id="dep_1", email="alice@acme.example"
)
TOKEN: Final = Token(
    id="tok_1",
    name="ci",
    organization_id="org_1",
    digest=digest(SECRET),
    hint=hint(SECRET),
    models=("m",),
    expires_at=9,
    project_id="prj_1",
    member_id="mem_1",
    budgets=(monthly("tok_1", 5), Budget(50, "CNY", "total", "bud_t")),
    addresses=("10.0.0.0/8", "2001:db8::/32"),
    dialects=("openai.chat",),
    tags=("batch", "夜间"),
    retention="none",
    paused=True,
    former=(FormerSecret(b"f" * 32, "sk-…f", 8),),
    limits=(Limit(rpm=1),),
)
ALL: Final = Changes(
    kept_by="file",
    upstreams=(UPSTREAM,),
    models=(MODEL,),
    organizations=(ORGANIZATION,),
    nodes=(DEPARTMENT, TEAM, PROJECT, MEMBER),
    wallets=(("org_1", Money(3, "USD")),),
    tokens=(TOKEN,),
)
EVERYTHING: Final = Catalogue(
    revision=1,
    upstreams=(UPSTREAM,),
    models=(MODEL,),
    organizations=(ORGANIZATION,),
    nodes=(DEPARTMENT, TEAM, PROJECT, MEMBER),
    tokens=(TOKEN,),
)


def write(database: Database, changes: Changes, at: float = NOW) -> int:
    repository = SqlRepository(database, CIPHER)
    with repository.writing():
        return repository.write(changes, at=at)


def read(database: Database) -> Catalogue:
    repository = SqlRepository(database, CIPHER)
    with repository.reading():
        return repository.snapshot().catalogue
