import pytest

from tests.manifest.conftest import Desk
from tests.manifest.test_nodes import ACME
from waystation.manifest.finding import find_creator, find_owner, find_token, owners
from waystation.wire.catalogue import Node, Organization, Token
from waystation.wire.errors import Misconfigured

TWINS = ACME + "  - {name: other, projects: [{name: ci}], tokens: [{name: ci, secret: 0123456789ABCDEFGHIJxyz_-}]}\n"


def test_everything_with_budgets_has_a_path(desk: Desk) -> None:
    desk.apply(ACME)
    snapshot = desk.snapshot()
    assert isinstance(find_owner(snapshot, "acme"), Organization)
    department = find_owner(snapshot, "acme/研发/平台")
    assert isinstance(department, Node)
    assert department.name == "平台"
    assert isinstance(find_owner(snapshot, "acme/ci"), Token)
    assert find_owner(snapshot, "member:acme/alice").name == "alice"
    assert len(owners(snapshot.catalogue)) == 9
    desk.operations.revoke_token("ci")
    assert "token:acme/ci" not in owners(desk.snapshot().catalogue)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("acme/研发/平", "there is no 'acme/研发/平'; did you mean 'acme/研发/平台'?"),
        ("zzz", "there is no 'zzz'; `waystation tenant list` shows all"),
        ("other/ci", "'other/ci' may mean project:other/ci, token:other/ci: say which"),
    ],
)
def test_what_is_not_meant_clearly_is_refused(desk: Desk, path: str, said: str) -> None:
    desk.apply(TWINS)
    with pytest.raises(Misconfigured) as refused:
        find_owner(desk.snapshot(), path)
    assert refused.value.message == said


def test_a_token_is_found_by_id_or_name(desk: Desk) -> None:
    desk.apply(TWINS)
    snapshot = desk.snapshot()
    first = snapshot.catalogue.tokens[0]
    assert find_token(snapshot, first.id) == first
    assert find_token(snapshot, "acme/ci") == first
    with pytest.raises(Misconfigured, match="may mean acme/ci, other/ci: say which"):
        find_token(snapshot, "ci")
    with pytest.raises(Misconfigured, match="there is no token 'nope'"):
        find_token(snapshot, "nope")


def test_members_and_tokens_create_tokens(desk: Desk) -> None:
    desk.apply(ACME)
    snapshot = desk.snapshot()
    assert find_creator(snapshot, "acme/alice").member_id is not None
    assert find_creator(snapshot, "acme/ci").project_id is not None
    for path in ("acme", "acme/研发", "acme/chat"):
        with pytest.raises(Misconfigured, match="creates no tokens"):
            find_creator(snapshot, path)
