from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.manifest.test_nodes import ACME
from waystation.adapters.sql.tables.ledger import accounts
from waystation.adapters.sql.windows import note_alert
from waystation.house.database import opened
from waystation.house.offline import by_hand, operations
from waystation.house.tenants import read_budget_alerts, read_tenants
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a house with a tree."""
    made = Settings(data_dir=tmp_path / "data")
    (tmp_path / "f.yaml").write_text(ACME)
    with operations(made) as catalogue:
        catalogue.apply_file(tmp_path / "f.yaml", environ={})
    return made


def paths(settings: Settings, path: str | None = None) -> list[str]:
    return [f"{tenant.kind} {tenant.path}" for tenant in read_tenants(settings, path)]


def test_the_tree_is_read_from_the_top(settings: Settings) -> None:
    assert paths(settings) == [
        "organization acme",
        "department acme/研发",
        "department acme/研发/平台",
        "department acme/研发/工具",
        "department acme/销售",
        "project acme/chat",
        "project acme/site",
        "member acme/alice",
        "token acme/ci",
    ]


def test_a_part_is_read_by_its_path(settings: Settings) -> None:
    assert paths(settings, "acme/研发") == [
        "department acme/研发",
        "department acme/研发/平台",
        "department acme/研发/工具",
        "project acme/chat",
        "token acme/ci",
    ]
    assert paths(settings, "acme/alice") == ["member acme/alice", "token acme/ci"]
    assert paths(settings, "acme/site") == ["project acme/site"]
    assert paths(settings, "acme/ci") == ["token acme/ci"]
    assert len(paths(settings, "acme")) == 9
    with pytest.raises(Misconfigured, match="there is no 'nope'"):
        read_tenants(settings, "nope")


def test_what_was_spent_stands_beside_each_budget(settings: Settings) -> None:
    with by_hand(settings) as hand:
        budget = hand.set_budget("acme/研发/工具", {"amount": "3 CNY", "alerts": [50]})
    row = {"kind": "budget", "owner_id": budget.id, "currency": "CNY", "period": "total", "starts_at": 0}
    row |= {"credits_posted": 3_000_000_000, "debits_posted": 2_000_000_000, "debits_pending": 1, "slack": 0}
    with opened(settings) as database, database.writing() as connection:
        account_id = connection.execute(insert(accounts).values(row).returning(accounts.c.id)).scalar_one()
        note_alert(connection, account_id, 50, 7.0)
    (tenant,) = read_tenants(settings, "acme/研发/工具")
    (spending,) = tenant.spendings
    assert (spending.spent_nanos, spending.left_nanos) == (2_000_000_000, 999_999_999)
    (alert,) = read_budget_alerts(settings, limit=5)
    assert (alert.owner, alert.threshold, alert.at) == ("department:acme/研发/工具", 50, 7.0)
    with by_hand(settings) as hand:
        hand.remove_budget("acme/研发/工具")
    assert read_budget_alerts(settings, limit=5) == []
