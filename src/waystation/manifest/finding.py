"""Things of the catalogue by what an operator calls them."""

import difflib

from waystation.identity.grant import Scope, scope_of_member, scope_of_token
from waystation.identity.standing import standing_of
from waystation.manifest.nodes import by_key
from waystation.manifest.repository import Snapshot
from waystation.manifest.shown import mask
from waystation.wire.catalogue import Catalogue, Node, Organization, Token
from waystation.wire.errors import Misconfigured

Owner = Organization | Node | Token


def find_token(snapshot: Snapshot, name_or_id: str) -> Token:
    """By its id, its name, or organization/name. Raises: Misconfigured if none is meant, or several are."""
    names = {organization.id: organization.name for organization in snapshot.catalogue.organizations}
    tokens = snapshot.catalogue.tokens
    for token in tokens:
        if token.id == name_or_id:
            return token
    found = [
        token
        for token in tokens
        if token.revoked_at is None and name_or_id in {token.name, f"{names[token.organization_id]}/{token.name}"}
    ]
    if not found:
        raise Misconfigured(f"there is no token {mask(name_or_id)!r}; `waystation token list` shows all")
    if len(found) > 1:
        full = ", ".join(f"{names[token.organization_id]}/{token.name}" for token in found)
        raise Misconfigured(f"{name_or_id!r} may mean {full}: say which")
    return found[0]


def find_owner(snapshot: Snapshot, path: str) -> Owner:
    """Whose budgets are meant: "acme", "acme/R&D/Platform", or a project, a member or a token as "acme/name".

    "project:acme/name" says which kind, where names are not enough. Raises: Misconfigured as `find_token`.
    """
    known = owners(snapshot.catalogue)
    full = [name for name in known if path in {name, name.partition(":")[2]}]
    if len(full) > 1:
        raise Misconfigured(f"{path!r} may mean {', '.join(full)}: say which")
    if full:
        return known[full[0]]
    near = difflib.get_close_matches(path, [name.partition(":")[2] for name in known], n=1, cutoff=0.5)
    meant = f"did you mean {near[0]!r}?" if near else "`waystation tenant list` shows all"
    raise Misconfigured(f"there is no {mask(path)!r}; {meant}")


def owners(catalogue: Catalogue) -> dict[str, Owner]:
    """Everything that may have budgets, by its kind and path: "department:acme/R&D/Platform"."""
    names = {organization.id: organization.name for organization in catalogue.organizations}
    found: dict[str, Owner] = {f"organization:{one.name}": one for one in catalogue.organizations}
    for (organization_id, kind, path), node in by_key(catalogue.nodes).items():
        found[f"{kind}:{names[organization_id]}/{path}"] = node
    for token in catalogue.tokens:
        if token.revoked_at is None:
            found[f"token:{names[token.organization_id]}/{token.name}"] = token
    return found


def find_creator(snapshot: Snapshot, path: str) -> Scope:
    """What a token or a member may give away. Raises: Misconfigured as `find_owner`, or if it is something else."""
    owner = find_owner(snapshot, path)
    organizations = {organization.id: organization for organization in snapshot.catalogue.organizations}
    nodes = {node.id: node for node in snapshot.catalogue.nodes}
    if isinstance(owner, Token):
        return scope_of_token(standing_of(owner, organizations[owner.organization_id], nodes))
    if isinstance(owner, Node) and owner.kind == "member":
        return scope_of_member(owner, organizations[owner.organization_id], nodes)
    raise Misconfigured(f"{path!r} creates no tokens: give a member or a token")
