"""Where a sub-token stands in its organization, and what all that is above it allows together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from waystation.wire.catalogue import Budget, Node, Organization, Token
from waystation.wire.limit import Bound, Limit

DEPTH_MAX: Final = 32  # departments in departments


class Standing(msgspec.Struct, frozen=True):
    """`above` is its member, its project, and the departments upwards from the nearest; `models` None is all.

    `paused` says in words who is, None if nobody. `department_id` is the nearest one's.
    """

    token: Token
    organization: Organization
    above: tuple[Node, ...]
    models: frozenset[str] | None
    paused: str | None
    department_id: str | None

    def may_use(self, model: str) -> bool:
        return self.models is None or model in self.models

    def budgets(self) -> Iterator[tuple[str, Budget]]:
        """All that its calls are counted in, the narrowest owner's first, each with its owner in words."""
        yield from ((f"token {self.token.name!r}", budget) for budget in self.token.budgets)
        nodes = {node.id: node for node in self.above}
        for node in self.above:
            yield from ((words(node, nodes), budget) for budget in node.budgets)
        yield from ((f"organization {self.organization.name!r}", budget) for budget in self.organization.budgets)

    def bounds(self, model: str) -> Iterator[Bound]:
        """The limits that its calls of a model come under, the narrowest owner's first."""
        token, organization = self.token, self.organization
        for limit in _of(token.limits, model):
            yield Bound(_limit_id(token.id, limit), "token", f"token {token.name!r}", limit)
        nodes = {node.id: node for node in self.above}
        for node in self.above:
            for limit in _of(node.limits, model):
                yield Bound(_limit_id(node.id, limit), node.kind, words(node, nodes), limit)
        for limit in _of(organization.limits, model):
            owner = f"organization {organization.name!r}"
            yield Bound(_limit_id(organization.id, limit), "organization", owner, limit)


def standing_of(token: Token, organization: Organization, nodes: Mapping[str, Node]) -> Standing:
    above = _above(token, nodes)
    return Standing(
        token,
        organization,
        above,
        _shared((token.models, *(node.models for node in above), organization.models)),
        _paused(token, organization, above, nodes),
        next((node.id for node in above if node.kind == "department"), None),
    )


def departments(node_id: str | None, nodes: Mapping[str, Node]) -> Iterator[Node]:
    """A department and those above it, upwards."""
    for _ in range(DEPTH_MAX):
        node = None if node_id is None else nodes.get(node_id)
        if node is None:
            return
        yield node
        node_id = node.parent_id


def path_of(node: Node, nodes: Mapping[str, Node]) -> str:
    """A department's name with those of the departments above it, as in "R&D/Platform"; others have their name only."""
    if node.kind != "department":
        return node.name
    return "/".join(reversed([node.name, *(one.name for one in departments(node.parent_id, nodes))]))


def words(node: Node, nodes: Mapping[str, Node]) -> str:
    return f"{node.kind} {path_of(node, nodes)!r}"


def _of(limits: tuple[Limit, ...], model: str) -> Iterator[Limit]:
    return (limit for limit in limits if limit.model in {None, model})


def _limit_id(owner_id: str, limit: Limit) -> str:
    """Ids have no spaces."""
    return owner_id if limit.model is None else f"{owner_id} {limit.model}"


def _above(token: Token, nodes: Mapping[str, Node]) -> tuple[Node, ...]:
    member = None if token.member_id is None else nodes.get(token.member_id)
    project = None if token.project_id is None else nodes.get(token.project_id)
    nearest = tuple(node for node in (member, project) if node is not None)
    parent_id = nearest[-1].parent_id if nearest else None
    return (*nearest, *departments(parent_id, nodes))


def _shared(lists: Iterable[tuple[str, ...] | None]) -> frozenset[str] | None:
    limits = [frozenset(names) for names in lists if names is not None]
    return frozenset.intersection(*limits) if limits else None


def _paused(token: Token, organization: Organization, above: tuple[Node, ...], nodes: Mapping[str, Node]) -> str | None:
    if token.paused:
        return f"token {token.name!r}"
    if organization.paused:
        return f"organization {organization.name!r}"
    return next((words(node, nodes) for node in above if node.paused), None)
