import pytest
from msgspec.structs import replace

from tests.identity.tenants import ACME, ALICE, NODES, PLATFORM, SALES, budget, node, token
from waystation.identity.grant import Scope, check, scope_of_member, scope_of_token
from waystation.identity.standing import standing_of
from waystation.wire.catalogue import Node, Token
from waystation.wire.limit import Limit

EU = node("prj_2", "shop", "project", "dep_3")
ALL = NODES | {EU.id: EU}
CREATOR = token(
    id="tok_0",
    member_id="mem_1",
    project_id="prj_1",
    models=("a", "b"),
    budgets=(budget("bud_0", 100), budget("bud_t", 500, "total", hard=False)),
    limits=(Limit(rpm=60), Limit(concurrency=2, model="a")),
    expires_at=1000,
    addresses=("10.0.0.0/8", "2001:db8::/32"),
    dialects=("openai.chat", "anthropic.messages"),
    retention="none",
)
FITTING = token(
    member_id="mem_1",
    project_id="prj_1",
    models=("a",),
    budgets=(budget("bud_1", 100),),
    limits=(Limit(rpm=60, tpm=5), Limit(rpm=1, concurrency=2, model="a")),
    expires_at=1000,
    addresses=("10.1.0.0/16", "2001:db8:1::/48"),
    dialects=("openai.chat",),
    retention="none",
)


def too_much(of: Token, scope: Scope, nodes: dict[str, Node] = ALL) -> list[str]:
    return check(standing_of(of, ACME, nodes), scope, nodes)


def of_creator(**fields: object) -> Scope:
    return scope_of_token(standing_of(replace(CREATOR, **fields), ACME, ALL))


def test_as_much_as_its_creator_has_is_not_too_much() -> None:
    assert too_much(FITTING, of_creator()) == []
    assert too_much(token(), scope_of_token(standing_of(token(id="tok_0"), ACME, ALL))) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"organization_id": "org_2"}, "is of another organization"),
        ({"member_id": None}, "must be of member 'alice'"),
        ({"project_id": None}, "must be in project 'chat'"),
        ({"models": None}, "may use all models, its creator only a, b"),
        ({"models": ("a", "c")}, "may use c, which its creator may not"),
        ({"budgets": ()}, "needs a budget in a month period of at most 0.0000001 USD, as its creator has"),
        ({"budgets": (budget("bud_1", 101),)}, "has a budget in a month period of 0.000000101 USD, its creator one of"),
        ({"budgets": (budget("bud_1", 1, hard=False),)}, "has a budget in a month period that only counts"),
        (
            {"budgets": (budget("bud_1", 100), budget("bud_2", 501, "total"))},
            "has a budget in total of 0.000000501 USD, its creator one of 0.0000005 USD",
        ),
        ({"limits": (Limit(concurrency=2, model="a"),)}, "needs a limit with rpm 60 at most, as its creator has"),
        ({"limits": (Limit(rpm=61), Limit(concurrency=2, model="a"))}, "needs a limit with rpm 60 at most"),
        ({"limits": (Limit(rpm=60),)}, "needs a limit for a with concurrency 2 at most, as its creator has"),
        ({"expires_at": None}, "outlives its creator"),
        ({"expires_at": 1001}, "outlives its creator"),
        ({"addresses": None}, "may be used from addresses outside of 10.0.0.0/8, 2001:db8::/32"),
        ({"addresses": ("0.0.0.0/0",)}, "may be used from addresses outside of"),
        ({"addresses": ("11.0.0.0/8",)}, "may be used from addresses outside of"),
        ({"dialects": None}, "may be used for other languages than openai.chat, anthropic.messages"),
        ({"dialects": ("gemini.generate",)}, "may be used for other languages than"),
        ({"retention": "organization"}, "may have its calls' text stored, its creator may not"),
    ],
)
def test_more_is_told(fields: dict[str, object], said: str) -> None:
    (told, *more) = too_much(replace(FITTING, **fields), of_creator())
    assert told.startswith(said)
    assert more == []


def test_no_models_are_no_models() -> None:
    assert too_much(FITTING, of_creator(models=())) == ["may use a, which its creator may not"]
    unlimited = replace(FITTING, models=None)
    assert too_much(unlimited, of_creator(models=())) == ["may use all models, its creator only none"]


def test_who_is_paused_creates_nothing() -> None:
    assert too_much(FITTING, of_creator(paused=True)) == ["can't be created now: the token 'ci' is paused"]


def test_a_token_without_a_project_of_its_own_may_use_those_of_its_department() -> None:
    scope = of_creator(project_id=None, models=None, budgets=())
    assert scope.department_id == SALES.id
    assert too_much(replace(FITTING, project_id="prj_2"), scope) == []
    assert too_much(FITTING, scope) == ["must be in a project of department '销售'"]
    assert too_much(replace(FITTING, project_id=None), scope) == []


def test_a_member_s_budgets_are_above_what_it_creates_already() -> None:
    member = replace(ALICE, models=("a",), budgets=(budget("bud_m", 100),))
    nodes = ALL | {member.id: member}
    scope = scope_of_member(member, ACME, nodes)
    assert too_much(token(member_id="mem_1"), scope, nodes) == []
    assert too_much(token(member_id="mem_1", project_id="prj_2"), scope, nodes) == []
    assert too_much(token(member_id="mem_1", budgets=(budget("bud_1", 101),)), scope, nodes) == [
        "has a budget in a month period of 0.000000101 USD, its creator one of 0.0000001 USD"
    ]
    assert too_much(token(), scope, nodes)[0] == "must be of member 'alice'"


def test_a_member_of_no_department_may_use_any_project() -> None:
    member = replace(ALICE, parent_id=None)
    nodes = ALL | {member.id: member, PLATFORM.id: PLATFORM}
    assert too_much(token(member_id="mem_1", project_id="prj_1"), scope_of_member(member, ACME, nodes), nodes) == []
