"""What an operator does with the catalogue, for the command line: apply, export, and the sub-tokens."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from pydantic import ValidationError

from waystation.identity import grant
from waystation.identity.grant import Scope
from waystation.identity.standing import standing_of
from waystation.identity.token import ENTROPY_BYTES, mint
from waystation.manifest import export
from waystation.manifest.checks import check
from waystation.manifest.document import At, Document, explain, read_document
from waystation.manifest.finding import find_creator, find_token
from waystation.manifest.mistakes import Mistake, Rejected, Report
from waystation.manifest.outcome import outcome
from waystation.manifest.plan import Plan, make_plan
from waystation.manifest.prices import as_of
from waystation.manifest.repository import Changes, Repository, Snapshot
from waystation.manifest.resolve import Context, resolve
from waystation.manifest.schema import OrganizationEntry
from waystation.manifest.shown import mask
from waystation.manifest.source import read_source
from waystation.ports import Clock
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Organization, Token
from waystation.wire.errors import Misconfigured

_ENTRY: Final = "tokens[0]"


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """`secret` is shown now and never again; it is in no repr."""

    token: Token
    organization: Organization
    secret: str

    def __repr__(self) -> str:
        return f"CreatedToken(token={self.token.id!r}, hint={self.token.hint!r})"


class ListedToken(NamedTuple):
    """A token, and the names of what it stands below."""

    organization: Organization
    token: Token
    project: str | None
    member: str | None


@dataclass(frozen=True, slots=True)
class Operations:
    """`vendors`: those that an upstream may have, by name."""

    repository: Repository
    vendors: Mapping[str, Vendor]
    clock: Clock

    def apply_file(self, path: Path, *, environ: Mapping[str, str], dry_run: bool = False, prune: bool = False) -> Plan:
        """Make the catalogue what the file says, all of it or nothing; the plan tells what was, or would be, done.

        Without `prune` what the file does not name stays. Raises: Rejected, Misconfigured.
        """
        source = read_source(path, environ)
        document = read_document(source)
        with self.repository.reading() if dry_run else self.repository.writing():
            plan = self._plan(document, source.report, path.parent, prune=prune)
            if not dry_run:
                self.repository.write(plan.batch, at=self.clock.now())
        return plan

    def export(self, *, with_secrets: bool = False) -> str:
        """Raises: Misconfigured."""
        with self.repository.reading():
            at = self.clock.now()
            return export.export(as_of(self.repository.snapshot(), at), with_secrets=with_secrets, at=at)

    def create_token(
        self,
        organization: str,
        name: str,
        *,
        models: tuple[str, ...] | None = None,
        budget: str | None = None,
        period: str = "total",
        creator: str | None = None,
        **given: object,
    ) -> CreatedToken:
        """A new sub-token; the values are as in a file, `given` those besides, of which None is left out.

        `creator` names a token or a member, which can give no more than it has.
        Raises: Misconfigured, naming each value that is wrong.
        """
        secret = mint(secrets.token_bytes(ENTROPY_BYTES))
        fields: dict[str, object] = {"name": name, "secret": secret}
        if models is not None:
            fields["models"] = list(models)
        if budget is not None:
            fields["budget"] = {"amount": budget, "period": period}
        fields |= {field: value for field, value in given.items() if value is not None}
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = _organization(snapshot, organization, name)
            scope = None if creator is None else find_creator(snapshot, creator)
            if scope is not None:
                fields = _beside(snapshot, scope) | fields
            token = self._planned({"name": organization, "currency": owner.currency, "tokens": [fields]})
            if scope is not None:
                _refuse_more(snapshot, scope, token, owner)
            self.repository.write(Changes(kept_by="cli", tokens=(token,)), at=self.clock.now())
        return CreatedToken(token, owner, secret)

    def list_tokens(self) -> list[ListedToken]:
        """All of them, revoked ones too, in the order in which they were made."""
        with self.repository.reading():
            catalogue = self.repository.snapshot().catalogue
        organizations = {organization.id: organization for organization in catalogue.organizations}
        names: dict[str | None, str] = {node.id: node.name for node in catalogue.nodes}
        return [
            ListedToken(
                organizations[token.organization_id], token, names.get(token.project_id), names.get(token.member_id)
            )
            for token in catalogue.tokens
        ]

    def revoke_token(self, name_or_id: str) -> Token:
        """End a token for good, given as an id, a name, or organization/name.

        Revoking a revoked one by its id changes nothing. Raises: Misconfigured if none is meant, or several are.
        """
        with self.repository.writing():
            token = find_token(self.repository.snapshot(), name_or_id)
            if token.revoked_at is not None:
                return token
            self.repository.write(Changes(kept_by="cli", revoked_tokens=(token.id,)), at=self.clock.now())
        return msgspec.structs.replace(token, revoked_at=int(self.clock.now()))

    def _plan(self, document: Document, report: Report, folder: Path, *, prune: bool) -> Plan:
        """Raises: Rejected."""
        snapshot = as_of(self.repository.snapshot(), self.clock.now())
        context = Context(self.vendors, folder, self.clock.new_id, int(self.clock.now()))
        desired = resolve(document, snapshot, context, report)
        result = outcome(document, snapshot, desired, prune=prune)
        check(document, snapshot, desired, result, report)
        report.raise_if_any()
        return make_plan(snapshot, desired, result)

    def _planned(self, organization: dict[str, object]) -> Token:
        """The token of a one-entry document. Raises: Misconfigured."""
        report = Report("token")
        try:
            try:
                entry = At((), OrganizationEntry.model_validate(organization))
            except ValidationError as error:
                explain(error, OrganizationEntry, (), report)
                report.stop()
            document = Document((), (), (entry,), frozenset())
            (token,) = self._plan(document, report, Path(), prune=False).batch.tokens
        except Rejected as error:
            raise Misconfigured("\n".join(_plainly(mistake) for mistake in error.mistakes)) from None
        return token


def _organization(snapshot: Snapshot, name: str, token_name: str) -> Organization:
    organizations = {organization.name: organization for organization in snapshot.catalogue.organizations}
    if name not in organizations:
        known = ", ".join(sorted(organizations)) or "none yet: apply a file first"
        raise Misconfigured(f"there is no organization {mask(name)!r}; there are: {known}")
    for token in snapshot.catalogue.tokens:
        if (token.organization_id, token.name, token.revoked_at) == (organizations[name].id, token_name, None):
            raise Misconfigured(f"organization {name!r} has a token {token_name!r} already: revoke it first")
    return organizations[name]


def _beside(snapshot: Snapshot, scope: Scope) -> dict[str, object]:
    """Where a token stands whose creator says nothing else: where its creator does."""
    names = {node.id: node.name for node in snapshot.catalogue.nodes}
    places = {"member": scope.member_id, "project": scope.project_id}
    return {kind: names[id_] for kind, id_ in places.items() if id_ is not None}


def _refuse_more(snapshot: Snapshot, scope: Scope, token: Token, organization: Organization) -> None:
    """Raises: Misconfigured if the token would have more than its creator."""
    nodes = {node.id: node for node in snapshot.catalogue.nodes}
    wrong = grant.check(standing_of(token, organization, nodes), scope, nodes)
    if wrong:
        raise Misconfigured("\n".join(f"the token {one}" for one in wrong))


def _plainly(mistake: Mistake) -> str:
    """Without the file that there is none of: "tokens[0].budget.amount" is "budget.amount"."""
    path = mistake.path.removeprefix(_ENTRY).removeprefix(".")
    return str(replace(mistake, path=path)).removeprefix("token: ")
