"""Departments, projects and members of a file."""

from msgspec.structs import replace

from tests.manifest.conftest import Desk
from waystation.manifest.nodes import by_key
from waystation.wire.catalogue import Node

ACME = """\
organizations:
  - name: acme
    time_zone: Asia/Shanghai
    currency: CNY
    price_group: partners
    opening_credit: [100 CNY, 5 USD]
    budget: {amount: 90 CNY, period: month, alerts: [80, 50]}
    departments:
      - name: 研发
        budgets:
          - {amount: 50 CNY, period: month}
          - {amount: 9 CNY, period: custom, starts: "2026-01-31", every: 1 month, ends: "2026-12-30", hard: false}
        departments:
          - {name: 平台, paused: true}
          - {name: 工具}
      - {name: 销售}
    projects:
      - {name: chat, department: 研发/平台, budget: {amount: 5 CNY}}
      - {name: site}
    members:
      - {name: alice, department: 销售, email: alice@acme.example}
    tokens:
      - {name: ci, secret: 0123456789abcdefghijXYZ_-, project: chat, member: alice}
"""


def nodes(desk: Desk) -> dict[str, Node]:
    return {f"{key[1]} {key[2]}": node for key, node in by_key(desk.snapshot().catalogue.nodes).items()}


def test_a_tree_is_applied(desk: Desk) -> None:
    assert desk.apply(ACME).text().splitlines()[-1] == "9 to create"
    found = nodes(desk)
    assert set(found) == {
        "department 研发",
        "department 研发/平台",
        "department 研发/工具",
        "department 销售",
        "project chat",
        "project site",
        "member alice",
    }
    assert found["department 研发/平台"].parent_id == found["department 研发"].id
    assert found["project chat"].parent_id == found["department 研发/平台"].id
    assert found["project site"].parent_id is None
    assert found["member alice"].email == "alice@acme.example"
    assert [budget.hard for budget in found["department 研发"].budgets] == [True, False]
    (organization,) = desk.snapshot().catalogue.organizations
    assert (organization.time_zone, organization.currency) == ("Asia/Shanghai", "CNY")
    assert (organization.price_group, organization.budgets[0].thresholds) == ("partners", (50, 80))
    (token,) = desk.snapshot().catalogue.tokens
    assert (token.project_id, token.member_id) == (found["project chat"].id, found["member alice"].id)


def test_applying_twice_is_applying_once(desk: Desk) -> None:
    desk.apply(ACME)
    assert desk.apply(ACME).text() == "nothing to change"


def test_what_is_there_keeps_its_id(desk: Desk) -> None:
    desk.apply(ACME)
    before = nodes(desk)
    moved = ACME.replace("department: 研发/平台, budget", "department: 销售, budget").replace("5 CNY}", "6 CNY}")
    plan = desk.apply(moved)
    assert plan.text().splitlines() == [
        "~ update project acme/chat",
        "    budget: 5.00 CNY in total -> 6.00 CNY in total",
        "    department: 研发/平台 -> 销售",
        "1 to update, 8 to keep",
    ]
    after = nodes(desk)
    assert after["project chat"].id == before["project chat"].id
    assert after["project chat"].budgets == (replace(before["project chat"].budgets[0], amount_nanos=6_000_000_000),)


def test_what_was_paused_by_hand_is_not_resumed_by_a_file_that_does_not_say_so(desk: Desk) -> None:
    desk.apply(ACME)
    desk.apply(ACME.replace(", paused: true", ""))
    assert nodes(desk)["department 研发/平台"].paused
    desk.apply(ACME.replace("paused: true", "paused: false"))
    assert not nodes(desk)["department 研发/平台"].paused


def test_what_is_not_named_stays_unless_it_is_pruned(desk: Desk) -> None:
    desk.apply(ACME)
    less = ACME.replace("          - {name: 工具}\n", "").replace("      - {name: site}\n", "")
    assert not desk.apply(less).changing
    assert desk.apply(less, prune=True).text().splitlines() == [
        "- delete department acme/研发/工具",
        "- delete project acme/site",
        "2 to delete, 7 to keep",
    ]
    assert "project site" not in nodes(desk)


def test_a_tree_may_go_with_all_that_is_in_it(desk: Desk) -> None:
    desk.apply(ACME)
    assert desk.apply("organizations: []", prune=True).counts()["delete"] == 7
    assert nodes(desk) == {}


def test_what_others_stand_below_is_not_pruned(desk: Desk) -> None:
    desk.apply(ACME)
    made = desk.operations.create_token("acme", "mine", project="chat")
    said = desk.mistakes("organizations: []", prune=True)
    assert any("--prune would remove project 'chat', but token 'mine' stands below it" in line for line in said)
    assert made.token.project_id == nodes(desk)["project chat"].id


def test_mistakes_of_a_tree_are_told_with_what_was_meant(desk: Desk) -> None:
    said = desk.mistakes(
        """\
organizations:
  - name: acme
    departments:
      - {name: 研发, budget: {amount: 1 EUR}}
      - {name: 研发, models: [nope]}
    projects:
      - {name: chat, department: 研发部}
      - {name: site, department: 市场}
    members:
      - {name: bob, department: x}
    tokens:
      - {name: ci, secret: 0123456789abcdefghijXYZ_-, project: chta, member: alice}
  - name: bob
    kind: person
    departments: [{name: a}]
  - name: eve
    kind: person
    members: [{name: a}]
"""
    )
    assert [line.removeprefix("waystation.yaml:") for line in said] == [
        (
            "4: organizations[0].departments[0].budget.amount: organization 'acme' has no wallet in EUR, none at all: "
            "give it an opening_credit in EUR"
        ),
        "5: organizations[0].departments[1].models[0]: there is no model 'nope'; there are: none",
        "5: organizations[0].departments[1].name: a second department '研发'; the first is in line 4",
        "7: organizations[0].projects[0].department: there is no department '研发部'; did you mean '研发'?",
        "8: organizations[0].projects[1].department: there is no department '市场'; there are: 研发",
        "10: organizations[0].members[0].department: there is no department 'x'; there are: 研发",
        "12: organizations[0].tokens[0].member: there is no member 'alice'; there are: bob",
        "12: organizations[0].tokens[0].project: there is no project 'chta'; did you mean 'chat'?",
        "15: organizations[1].departments: a person has no departments and no members: make it an organization",
        "18: organizations[2].members: a person has no departments and no members: make it an organization",
    ]


def test_an_export_of_a_tree_applies_without_a_change(desk: Desk) -> None:
    desk.apply(ACME)
    text = desk.operations.export()
    assert "every: 1 month" in text
    assert desk.apply(text, prune=True).text() == "nothing to change"
