"""That every catalogue comes back from its export is proved in `test_export`."""

from waystation.manifest.export_tenants import organizations
from waystation.manifest.repository import Snapshot
from waystation.wire.catalogue import Budget, Catalogue, Node, Organization, Token
from waystation.wire.limit import Limit


def exported(organization: Organization, *nodes: Node, tokens: tuple[Token, ...] = ()) -> dict[str, object]:
    catalogue = Catalogue(revision=1, organizations=(organization,), nodes=nodes, tokens=tokens)
    (fields,) = organizations(Snapshot(catalogue=catalogue, wallets={}, kept_by={}))
    return fields


def test_what_is_as_it_is_by_default_is_left_out() -> None:
    assert exported(Organization("org_1", "acme")) == {"name": "acme"}


def test_departments_stand_in_each_other_and_others_name_theirs() -> None:
    top = Node(id="dep_1", kind="department", name="研发", organization_id="org_1", models=("m",))
    inner = Node(id="dep_2", kind="department", name="平台", organization_id="org_1", parent_id="dep_1", paused=True)
    project = Node(id="prj_1", kind="project", name="chat", organization_id="org_1", parent_id="dep_2")
    assert exported(Organization("org_1", "acme"), top, inner, project) == {
        "name": "acme",
        "departments": [{"name": "研发", "models": ["m"], "departments": [{"name": "平台", "paused": True}]}],
        "projects": [{"name": "chat", "department": "研发/平台"}],
    }


def test_one_budget_and_several() -> None:
    one = Budget(1_000_000_000, "USD", "month", hard=False, thresholds=(80,))
    two = Budget(2_000_000_000, "USD")
    assert exported(Organization("org_1", "acme", budgets=(one,)))["budget"] == {
        "amount": "1.00 USD",
        "period": "month",
        "hard": False,
        "alerts": [80],
    }
    fields = exported(Organization("org_1", "acme", budgets=(one, two)))
    assert "budget" not in fields
    assert fields["budgets"] == [
        {"amount": "1.00 USD", "period": "month", "hard": False, "alerts": [80]},
        {"amount": "2.00 USD", "period": "total"},
    ]


def test_a_revoked_token_is_left_out() -> None:
    gone = Token(id="tok_1", name="ci", organization_id="org_1", digest=bytes(32), hint="…", revoked_at=1)
    assert "tokens" not in exported(Organization("org_1", "acme"), tokens=(gone,))


def test_one_limit_and_several() -> None:
    one, two = Limit(rpm=60, concurrency=5, queue=3, queue_s=10), Limit(tpm=9, model="m")
    said = {"rpm": 60, "concurrency": 5, "queue": 3, "queue_s": 10}
    assert exported(Organization("org_1", "acme", limits=(one,)))["limit"] == said
    fields = exported(Organization("org_1", "acme", limits=(one, two)))
    assert "limit" not in fields
    assert fields["limits"] == [said, {"tpm": 9, "model": "m"}]
