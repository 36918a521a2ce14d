import threading
from collections.abc import Callable

import pytest

from tests.manifest.conftest import ENVIRON, FILE, SECRET, Desk
from waystation.adapters.sqlite.connection import connect
from waystation.identity.token import Directory, state, well_formed
from waystation.manifest.mistakes import Rejected
from waystation.wire.catalogue import Token
from waystation.wire.errors import Misconfigured, StoreUnavailable


def revision(desk: Desk) -> int:
    return desk.snapshot().catalogue.revision


def names(desk: Desk) -> list[str]:
    return [f"{listed.organization.name}/{listed.token.name}" for listed in desk.operations.list_tokens()]


def found(directory: Directory, secret: str) -> Token:
    known = directory.find(secret)
    assert known is not None
    return known.token


def test_a_file_is_applied(desk: Desk) -> None:
    desk.apply(FILE)
    catalogue = desk.snapshot().catalogue
    assert catalogue.revision == 1
    token = found(Directory(catalogue.tokens), SECRET)
    assert (token.name, token.models) == ("ci", ("gpt-4o",))
    assert [key.secret for key in catalogue.upstreams[0].keys] == list(ENVIRON.values())


def test_applying_twice_is_applying_once(desk: Desk) -> None:
    desk.apply(FILE)
    before = desk.dump()
    desk.clock.at += 1000
    desk.apply(FILE)
    desk.apply(FILE, prune=True)
    assert desk.dump() == before


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    before = desk.dump()
    plan = desk.apply(FILE, dry_run=True)
    assert plan.counts()["create"] == 4
    assert desk.dump() == before
    desk.apply(FILE)
    before = desk.dump()
    assert desk.apply("upstreams: []", dry_run=True, prune=True).counts()["delete"] == 2
    assert desk.dump() == before


def test_a_dry_run_tells_mistakes_too(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.apply("upstreams: 3", dry_run=True)


def test_a_dry_run_needs_no_write_lock(desk: Desk) -> None:
    other = connect(desk.path)
    other.execute("BEGIN IMMEDIATE")
    assert desk.apply(FILE, dry_run=True).changing
    other.close()


def test_a_locked_catalogue_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waystation.adapters.sqlite.connection.BUSY_MS", 10)
    other = connect(desk.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="the ledger can't be written now: database is locked"):
        desk.apply(FILE)
    other.close()


def test_without_pruning_what_is_not_named_stays(desk: Desk) -> None:
    desk.apply(FILE)
    before = desk.dump()
    assert not desk.apply("upstreams: []").changing
    assert desk.dump() == before


def test_pruning_removes_what_a_file_put_there(desk: Desk) -> None:
    desk.apply(FILE)
    desk.clock.at += 10
    desk.apply("upstreams: []", prune=True)
    catalogue = desk.snapshot().catalogue
    assert (catalogue.revision, catalogue.upstreams, catalogue.models) == (2, (), ())
    assert [token.revoked_at for token in catalogue.tokens] == [int(desk.clock.at)]
    assert [organization.name for organization in catalogue.organizations] == ["acme"]
    assert not desk.apply("upstreams: []", prune=True).changing


def test_pruning_leaves_tokens_made_by_hand(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.create_token("acme", "mine")
    desk.apply("upstreams: []", prune=True)
    alive = [token.name for token in desk.snapshot().catalogue.tokens if token.revoked_at is None]
    assert alive == ["mine"]


def test_a_token_made_by_hand_is_the_file_s_once_it_is_named(desk: Desk) -> None:
    desk.apply(FILE)
    secret = desk.operations.create_token("acme", "mine").secret
    text = FILE + "      - {name: mine}\n"
    before = revision(desk)
    assert not desk.apply(text, prune=True).changing
    assert revision(desk) == before
    assert desk.apply(FILE, prune=True).counts()["revoke"] == 1
    token = found(Directory(desk.snapshot().catalogue.tokens), secret)
    assert state(token, desk.clock.at) == "revoked"


def test_applies_at_once_end_as_if_one_came_after_the_other(open_desk: Callable[[str], Desk]) -> None:
    """Each in its own connection; every file is whole, every revision is one file's, and nothing is there twice."""
    open_desk("ledger")
    barrier = threading.Barrier(4)
    failed: list[Exception] = []

    def apply(number: int) -> None:
        desk = open_desk("ledger")
        desk.clock.at += number
        text = FILE.replace("weight", "priority").replace('"10.00"', f'"{number}"')
        text += f"      - {{name: t{number}, secret: {SECRET[:-1]}{number}}}\n"
        path = desk.file(text, f"{number}.yaml")
        try:
            barrier.wait()
            desk.operations.apply_file(path, environ=ENVIRON)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    threads = [threading.Thread(target=apply, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    catalogue = open_desk("ledger").snapshot().catalogue
    assert catalogue.revision == 4
    assert [len(catalogue.upstreams), len(catalogue.models), len(catalogue.organizations)] == [1, 1, 1]
    assert sorted(token.name for token in catalogue.tokens) == ["ci", "t1", "t2", "t3", "t4"]


def test_a_token_is_made_and_its_secret_shown_once(desk: Desk) -> None:
    desk.apply(FILE)
    made = desk.operations.create_token(
        "acme", "mine", models=("gpt-4o",), budget="5 USD", period="day", expires="2030-01-01"
    )
    assert well_formed(made.secret)
    assert made.secret not in repr(made)
    assert made.organization.name == "acme"
    token = found(Directory(desk.snapshot().catalogue.tokens), made.secret)
    assert token == made.token
    assert [(budget.amount_nanos, budget.period) for budget in token.budgets] == [(5_000_000_000, "day")]
    assert revision(desk) == 2
    assert made.secret not in "\n".join(desk.dump())


def test_no_two_tokens_have_one_secret(desk: Desk) -> None:
    desk.apply(FILE)
    assert len({desk.operations.create_token("acme", f"t{number}").secret for number in range(50)}) == 50


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"organization": "acne"}, "there is no organization 'acne'; there are: acme"),
        ({"name": "ci"}, "organization 'acme' has a token 'ci' already: revoke it first"),
        ({"name": "a/b"}, "name: expected a name of 1 to 64 printable characters"),
        ({"models": ("nope",)}, "models: there is no model 'nope'; there are: gpt-4o"),
        ({"models": ()}, "models: expected at least one, got an empty list"),
        (
            {"budget": "5"},
            "budget.amount: expected an amount above 0, at most 1000000000, and a currency",
        ),
        ({"budget": "5 CNY"}, "budget.amount: organization 'acme' has no wallet in CNY, only in USD"),
        (
            {"budget": "5 USD", "period": "year"},
            "budget.period: expected day, week, month, total or custom, got 'year'",
        ),
        ({"expires": "soon"}, "expires: expected a date"),
    ],
)
def test_a_token_that_can_t_be_is_refused(desk: Desk, given: dict[str, object], said: str) -> None:
    desk.apply(FILE)
    before = desk.dump()
    with pytest.raises(Misconfigured) as caught:
        desk.operations.create_token(**({"organization": "acme", "name": "new"} | given))  # type: ignore[arg-type]  # by name
    assert caught.value.message.startswith(said)
    assert desk.dump() == before


def test_all_that_is_wrong_with_a_token_is_told(desk: Desk) -> None:
    desk.apply(FILE)
    with pytest.raises(Misconfigured) as caught:
        desk.operations.create_token("acme", "", budget="x", expires="y")
    assert len(caught.value.message.splitlines()) == 3


def test_a_new_token_leaves_its_organization_s_retention_alone(desk: Desk) -> None:
    desk.apply(FILE.replace("    opening_credit:", "    retain_responses_days: 30\n    opening_credit:"))
    desk.operations.create_token("acme", "new")
    (organization,) = desk.snapshot().catalogue.organizations
    assert organization.retain_responses_days == 30


def test_without_organizations_no_token_is_made(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="there are: none yet: apply a file first"):
        desk.operations.create_token("acme", "ci")


def test_tokens_are_listed_with_the_revoked(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.create_token("acme", "mine")
    desk.operations.revoke_token("ci")
    assert names(desk) == ["acme/ci", "acme/mine"]


@pytest.mark.parametrize("said", ["ci", "acme/ci"])
def test_a_token_is_revoked_by_its_name(desk: Desk, said: str) -> None:
    desk.apply(FILE)
    desk.clock.at += 5
    assert desk.operations.revoke_token(said).revoked_at == int(desk.clock.at)
    token = found(Directory(desk.snapshot().catalogue.tokens), SECRET)
    assert token.revoked_at == int(desk.clock.at)
    assert revision(desk) == 2


def test_revoking_twice_is_revoking_once(desk: Desk) -> None:
    desk.apply(FILE)
    token = desk.operations.revoke_token("ci")
    desk.clock.at += 5
    assert desk.operations.revoke_token(token.id) == token
    assert revision(desk) == 2


def test_a_revoked_name_is_free_again(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.revoke_token("ci")
    assert desk.operations.create_token("acme", "ci").token.name == "ci"


def test_an_unclear_name_is_refused(desk: Desk) -> None:
    desk.apply(
        FILE + "  - {name: other, opening_credit: 1 USD, tokens: [{name: ci, secret: 9876543210abcdefghijXYZ_-}]}\n"
    )
    with pytest.raises(Misconfigured, match=r"'ci' may mean acme/ci, other/ci: say which"):
        desk.operations.revoke_token("ci")
    assert desk.operations.revoke_token("other/ci").revoked_at is not None


@pytest.mark.parametrize("said", ["nope", "tok_nope", "other/ci", ""])
def test_what_is_no_token_is_not_revoked(desk: Desk, said: str) -> None:
    desk.apply(FILE)
    with pytest.raises(Misconfigured, match="there is no token"):
        desk.operations.revoke_token(said)


def test_a_secret_given_for_a_name_is_not_told(desk: Desk) -> None:
    with pytest.raises(Misconfigured) as caught:
        desk.operations.revoke_token("sk-ws-0123456789abcdefghij")
    assert "0123456789" not in caught.value.message


TREE = """\
organizations:
  - name: acme
    opening_credit: 100 USD
    departments: [{name: sales}]
    projects: [{name: shop, department: sales}, {name: site}]
    members: [{name: alice, department: sales, budget: {amount: 5 USD, period: month}}]
    tokens: [{name: ci, secret: 0123456789abcdefghijXYZ_-, project: shop, addresses: [10.0.0.0/8]}]
"""


def test_a_member_s_token_stands_below_it(desk: Desk) -> None:
    desk.apply(TREE)
    made = desk.operations.create_token("acme", "mine", creator="acme/alice", project="shop", tags=["x"])
    nodes = {node.name: node.id for node in desk.snapshot().catalogue.nodes}
    assert (made.token.member_id, made.token.project_id, made.token.tags) == (nodes["alice"], nodes["shop"], ("x",))


def test_a_token_s_token_stands_where_it_does(desk: Desk) -> None:
    desk.apply(TREE)
    made = desk.operations.create_token("acme", "mine", creator="acme/ci", addresses=["10.1.0.0/16"])
    assert made.token.project_id == desk.snapshot().catalogue.tokens[0].project_id


def test_nobody_gives_away_more_than_it_has(desk: Desk) -> None:
    desk.apply(TREE)
    before = desk.dump()
    with pytest.raises(Misconfigured) as refused:
        desk.operations.create_token(
            "acme", "mine", creator="acme/alice", project="site", budget="6 USD", period="month"
        )
    assert refused.value.message == (
        "the token must be in a project of department 'sales'\n"
        "the token has a budget in a month period of 6.00 USD, its creator one of 5.00 USD"
    )
    with pytest.raises(Misconfigured, match="the token may be used from addresses outside of"):
        desk.operations.create_token("acme", "mine", creator="acme/ci")
    assert desk.dump() == before
