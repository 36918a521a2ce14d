from pathlib import Path

from tests.manifest.conftest import VENDORS, StillClock
from waystation.manifest.document import Document
from waystation.manifest.mistakes import Report
from waystation.manifest.outcome import Outcome, outcome
from waystation.manifest.repository import Item, Snapshot
from waystation.manifest.resolve import Context, resolve
from waystation.wire.catalogue import Catalogue, Node, Organization, Token

FILE_S = Node(id="prj_1", kind="project", name="a", organization_id="org_1")
HAND_S = Node(id="prj_2", kind="project", name="b", organization_id="org_1")
REVOKED = Token(id="tok_1", name="ci", organization_id="org_1", digest=bytes(32), hint="…", revoked_at=1)
SNAPSHOT = Snapshot(
    catalogue=Catalogue(
        revision=1, organizations=(Organization("org_1", "acme"),), nodes=(FILE_S, HAND_S), tokens=(REVOKED,)
    ),
    wallets={},
    kept_by={
        Item("organization", "org_1"): "file",
        Item("project", "prj_1"): "file",
        Item("project", "prj_2"): "cli",
        Item("token", "tok_1"): "file",
    },
)


def after_an_empty_file(*, prune: bool) -> Outcome:
    document = Document((), (), (), frozenset())
    desired = resolve(document, SNAPSHOT, Context(VENDORS, Path(), StillClock().new_id, 1), Report("f.yaml"))
    return outcome(document, SNAPSHOT, desired, prune=prune)


def test_without_pruning_nothing_goes() -> None:
    result = after_an_empty_file(prune=False)
    assert (result.gone, result.nodes) == (frozenset(), (FILE_S, HAND_S))


def test_pruning_takes_what_a_file_put_there_but_no_organization_and_nothing_that_has_ended() -> None:
    result = after_an_empty_file(prune=True)
    assert result.gone == {Item("project", "prj_1")}
    assert (result.nodes, result.tokens) == ((HAND_S,), ())
