from msgspec.structs import replace

from tests.identity.tenants import ACME, ALICE, CHAT, NODES, PLATFORM, RESEARCH, SALES, budget, node, token
from waystation.identity.standing import (
    DEPTH_MAX,
    Standing,
    departments,
    path_of,
    standing_of,
    words,
)
from waystation.wire.catalogue import Node
from waystation.wire.limit import Limit


def standing(nodes: dict[str, Node] | None = None, **fields: object) -> Standing:
    return standing_of(token(**fields), ACME, NODES if nodes is None else nodes)


def changed(*nodes: Node) -> dict[str, Node]:
    return NODES | {one.id: one for one in nodes}


def test_a_token_of_the_organization_has_nothing_else_above_it() -> None:
    found = standing()
    assert (found.above, found.models, found.paused, found.department_id) == ((), None, None, None)


def test_above_a_token_are_its_member_its_project_and_the_departments_of_the_project() -> None:
    found = standing(project_id="prj_1", member_id="mem_1")
    assert found.above == (ALICE, CHAT, PLATFORM, RESEARCH)
    assert found.department_id == "dep_2"


def test_without_a_project_the_departments_are_the_member_s() -> None:
    found = standing(member_id="mem_1")
    assert found.above == (ALICE, SALES)
    assert found.department_id == "dep_3"


def test_a_project_of_the_organization_itself_is_in_no_department() -> None:
    found = standing(changed(replace(CHAT, parent_id=None)), project_id="prj_1", member_id="mem_1")
    assert found.above == (ALICE, replace(CHAT, parent_id=None))
    assert found.department_id is None


def test_what_is_not_there_is_not_above() -> None:
    assert standing(project_id="prj_x", member_id="mem_x").above == ()


def test_a_model_must_be_allowed_by_all() -> None:
    nodes = changed(replace(RESEARCH, models=("a", "b", "c")), replace(CHAT, models=("b", "c", "d")))
    found = standing(nodes, project_id="prj_1", models=("c", "d"))
    assert found.models == frozenset({"c"})
    assert found.may_use("c")
    assert not found.may_use("d")
    assert not standing(nodes, project_id="prj_1", models=()).may_use("c")


def test_where_nobody_says_anything_all_models_are_allowed() -> None:
    assert standing(project_id="prj_1").may_use("anything")


def test_the_organization_s_models_bound_all() -> None:
    found = standing_of(token(), replace(ACME, models=("a",)), NODES)
    assert (found.may_use("a"), found.may_use("b")) == (True, False)


def test_whoever_is_paused_is_named() -> None:
    assert standing(paused=True).paused == "token 'ci'"
    nodes = changed(replace(RESEARCH, paused=True))
    assert standing(nodes, project_id="prj_1").paused == "department '研发'"
    nodes = changed(replace(PLATFORM, paused=True))
    assert standing(nodes, project_id="prj_1").paused == "department '研发/平台'"
    assert standing(changed(replace(ALICE, paused=True)), member_id="mem_1").paused == "member 'alice'"
    assert standing_of(token(), replace(ACME, paused=True), NODES).paused == "organization 'acme'"


def test_budgets_come_from_the_narrowest_owner_to_the_widest() -> None:
    one = [budget(f"bud_{number}") for number in range(6)]
    nodes = changed(
        replace(ALICE, budgets=(one[1],)),
        replace(CHAT, budgets=(one[2],)),
        replace(PLATFORM, budgets=(one[3],)),
        replace(RESEARCH, budgets=(one[4],)),
    )
    of = token(project_id="prj_1", member_id="mem_1", budgets=(one[0],))
    found = standing_of(of, replace(ACME, budgets=(one[5],)), nodes)
    assert list(found.budgets()) == [
        ("token 'ci'", one[0]),
        ("member 'alice'", one[1]),
        ("project 'chat'", one[2]),
        ("department '研发/平台'", one[3]),
        ("department '研发'", one[4]),
        ("organization 'acme'", one[5]),
    ]


def test_names_tell_the_way() -> None:
    assert path_of(PLATFORM, NODES) == "研发/平台"
    assert path_of(CHAT, NODES) == "chat"
    assert words(RESEARCH, {}) == "department '研发'"


def test_departments_in_a_circle_come_to_an_end() -> None:
    circle = {"dep_1": node("dep_1", "a", "department", "dep_2"), "dep_2": node("dep_2", "b", "department", "dep_1")}
    assert len(list(departments("dep_1", circle))) == DEPTH_MAX


def test_a_call_comes_under_the_limits_of_all_above_it_the_narrowest_first() -> None:
    nodes = changed(
        replace(ALICE, limits=(Limit(rpm=1),)),
        replace(CHAT, limits=(Limit(rpm=2, model="m"),)),
        replace(PLATFORM, limits=(Limit(rpm=3), Limit(rpm=4, model="other"))),
    )
    organization = replace(ACME, limits=(Limit(rpm=5), Limit(rpm=6, model="m")))
    mine = token(project_id="prj_1", member_id="mem_1", limits=(Limit(rpm=7),))
    found = standing_of(mine, organization, nodes)
    assert [(bound.id, bound.scope, bound.owner, bound.limit.rpm) for bound in found.bounds("m")] == [
        ("tok_1", "token", "token 'ci'", 7),
        ("mem_1", "member", "member 'alice'", 1),
        ("prj_1 m", "project", "project 'chat'", 2),
        ("dep_2", "department", "department '研发/平台'", 3),
        ("org_1", "organization", "organization 'acme'", 5),
        ("org_1 m", "organization", "organization 'acme'", 6),
    ]
    assert [bound.limit.rpm for bound in found.bounds("other")] == [7, 1, 3, 4, 5]
