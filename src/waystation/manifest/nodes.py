"""Departments, projects and members that the file names, in the words of the catalogue."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from waystation.identity.standing import path_of
from waystation.manifest.budgets import budgets_of
from waystation.manifest.document import At, Document
from waystation.manifest.limits import limits_of
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.schema import DepartmentEntry, MemberEntry, OrganizationEntry, ProjectEntry
from waystation.wire.catalogue import Node, NodeKind, Organization

# A department's path, a project's or a member's name, in an organization.
Key = tuple[str, NodeKind, str]


@dataclass(slots=True)
class Tree:
    """`wanted`: what the file names, each after the one above it, with its place. `known`: all that is there."""

    new_id: Callable[[str], str]
    report: Report
    known: dict[Key, Node]
    wanted: dict[Key, tuple[Loc, Node]] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.wanted.values())

    def find(self, organization: Organization, kind: NodeKind, name: str | None, loc: Loc) -> str | None:
        """The id of the one that is meant. It is a mistake if there is none."""
        if name is None:
            return None
        node = self.known.get((organization.id, kind, name))
        if node is None:
            self.report.add(loc, self._missing(organization, kind, name))
            return None
        return node.id

    def add(
        self, loc: Loc, entry: DepartmentEntry | ProjectEntry, organization: Organization, kind: NodeKind, path: str
    ) -> Node:
        key = (organization.id, kind, path)
        before = self.known.get(key)
        id_ = (
            self.new_id({"department": "dep", "project": "prj", "member": "mem"}[kind]) if before is None else before.id
        )
        node = Node(
            id=id_,
            kind=kind,
            name=entry.name,
            organization_id=organization.id,
            parent_id=self._parent(loc, entry, organization, path),
            models=None if entry.models is None else tuple(entry.models),
            budgets=budgets_of(loc, entry, id_, () if before is None else before.budgets, self.report),
            paused=entry.paused if entry.paused is not None else before is not None and before.paused,
            email=entry.email if isinstance(entry, MemberEntry) else None,
            limits=limits_of(loc, entry, self.report),
        )
        if key in self.wanted:
            line = self.report.line(self.wanted[key][0])
            self.report.add((*loc, "name"), f"a second {kind} {path!r}; the first is in line {line}")
        self.known[key] = node
        self.wanted[key] = (loc, node)
        return node

    def _parent(
        self, loc: Loc, entry: DepartmentEntry | ProjectEntry, organization: Organization, path: str
    ) -> str | None:
        if isinstance(entry, ProjectEntry):
            return self.find(organization, "department", entry.department, (*loc, "department"))
        above, _, _ = path.rpartition("/")
        return self.known[organization.id, "department", above].id if above else None

    def _missing(self, organization: Organization, kind: NodeKind, name: str) -> str:
        known = sorted(key[2] for key in self.known if key[:2] == (organization.id, kind))
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        if near:
            return f"there is no {kind} {name!r}; did you mean {near[0]!r}?"
        return f"there is no {kind} {name!r}; there are: {', '.join(known) or 'none'}"


def resolve_nodes(
    document: Document,
    organizations: Mapping[str, Organization],
    current: tuple[Node, ...],
    new_id: Callable[[str], str],
    report: Report,
) -> Tree:
    """Departments first: projects and members are in them. Mistakes go into the report."""
    tree = Tree(new_id, report, known=by_key(current))
    for at in document.organizations:
        organization = organizations[at.entry.name]
        for loc, path, entry in _departments((*at.loc, "departments"), at.entry.departments):
            tree.add(loc, entry, organization, "department", path)
        _check_person(at, report)
        for index, project in enumerate(at.entry.projects):
            tree.add((*at.loc, "projects", index), project, organization, "project", project.name)
        for index, member in enumerate(at.entry.members):
            tree.add((*at.loc, "members", index), member, organization, "member", member.name)
    return tree


def by_key(nodes: tuple[Node, ...]) -> dict[Key, Node]:
    known = {node.id: node for node in nodes}
    return {(node.organization_id, node.kind, path_of(node, known)): node for node in nodes}


def _departments(
    loc: Loc, entries: list[DepartmentEntry], above: str = ""
) -> Iterator[tuple[Loc, str, DepartmentEntry]]:
    """Each with its path, after the one above it."""
    for index, entry in enumerate(entries):
        path = f"{above}{entry.name}"
        yield (*loc, index), path, entry
        yield from _departments((*loc, index, "departments"), entry.departments, f"{path}/")


def _check_person(at: At[OrganizationEntry], report: Report) -> None:
    if at.entry.kind == "person" and (at.entry.departments or at.entry.members):
        what = "departments" if at.entry.departments else "members"
        report.add((*at.loc, what), "a person has no departments and no members: make it an organization")
