"""An organization whose calls are held on five budgets and a wallet, none of which ever runs out here."""

from typing import Final

from waystation.manifest.repository import Changes
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Budget, Node, NodeKind, Organization, Token
from waystation.wire.money import Money

TOKENS: Final = 50  # each with a budget of its own; what is above them is everybody's
_CREDIT: Final = 10**18
_ABOVE: Final = ("project", "team", "department", "organization")


def chain(number: int) -> tuple[Ceiling, ...]:
    """The ceilings of a call of that token."""
    owners = (f"tok_{number}", *_ABOVE)
    return (*(Ceiling("budget", f"bud_{owner}", "USD") for owner in owners), Ceiling("wallet", "organization", "USD"))


def tenants() -> Changes:
    return Changes(
        kept_by="file",
        organizations=(Organization("organization", "acme", budgets=_budgets("organization")),),
        nodes=(
            _node("department", "department", None),
            _node("team", "department", "department"),
            _node("project", "project", "team"),
        ),
        wallets=(("organization", Money(_CREDIT, "USD")),),
        tokens=tuple(_token(number) for number in range(TOKENS)),
    )


def _budgets(owner: str) -> tuple[Budget, ...]:
    return (Budget(_CREDIT, "USD", id=f"bud_{owner}"),)


def _node(name: str, kind: NodeKind, parent: str | None) -> Node:
    return Node(id=name, kind=kind, name=name, organization_id="organization", parent_id=parent, budgets=_budgets(name))


def _token(number: int) -> Token:
    return Token(
        id=f"tok_{number}",
        name=f"token {number}",
        organization_id="organization",
        digest=number.to_bytes(32, "big"),
        hint="",
        project_id="project",
        budgets=_budgets(f"tok_{number}"),
    )
