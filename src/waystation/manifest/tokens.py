"""Which sub-token of the catalogue an entry of the file means, and whose secret is whose."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from waystation.identity.token import digest, hint
from waystation.manifest.budgets import budgets_of
from waystation.manifest.limits import limits_of
from waystation.manifest.mistakes import Loc, Report, dotted
from waystation.manifest.nodes import Tree
from waystation.manifest.schema import TokenEntry
from waystation.wire.catalogue import Organization, Token


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry, its organization, and what it may stand below there."""

    loc: Loc
    organization: Organization
    entry: TokenEntry
    tree: Tree

    @property
    def digest(self) -> bytes | None:
        secret = self.entry.secret
        return self.entry.digest if secret is None else digest(secret.get_secret_value())

    @property
    def digest_loc(self) -> Loc:
        return (*self.loc, "digest" if self.entry.secret is None else "secret")


@dataclass(frozen=True, slots=True)
class Matched:
    """The tokens as they are to be, and those that the file names but that were revoked: they stay so."""

    tokens: tuple[Token, ...]
    revoked: tuple[Token, ...]


def match(wanted: list[Wanted], current: tuple[Token, ...], new_id: Callable[[str], str], report: Report) -> Matched:
    """An entry means the token of its name, else the one of its secret (which is renamed then), else a new one."""
    by_name = {(token.organization_id, token.name): token for token in current if token.revoked_at is None}
    by_digest = {secret: token for token in current for secret in (*(one.digest for one in token.former), token.digest)}
    named = {(want.organization.id, want.entry.name) for want in wanted}
    tokens: dict[Loc, Token] = {}
    revoked = []
    for want in wanted:
        key = (want.organization.id, want.entry.name)
        found = by_name.get(key)
        if found is None and want.digest is not None:
            owner = by_digest.get(want.digest)
            if owner is not None and owner.organization_id == key[0]:
                if owner.revoked_at is not None and owner.name == key[1]:
                    revoked.append(owner)
                    continue
                if owner.revoked_at is None and (key[0], owner.name) not in named:
                    found = owner
        if _one_secret(want, found, report):
            tokens[want.loc] = _token(want, found, new_id, report)
    _check_owners(wanted, tokens, by_digest, report)
    return Matched(tuple(tokens.values()), tuple(revoked))


def _one_secret(want: Wanted, found: Token | None, report: Report) -> bool:
    """Whether there is exactly one word about the secret."""
    entry = want.entry
    if entry.secret is not None and entry.digest is not None:
        report.add((*want.loc, "digest"), "given beside a secret: keep one")
        return False
    if entry.hint is not None and entry.digest is None:
        report.add((*want.loc, "hint"), "given without a digest: a secret gives its own hint")
        return False
    if want.digest is None and found is None:
        report.add(
            (*want.loc, "secret"),
            "missing: give a secret or a digest; or make the token with `waystation token create`, which keeps the "
            "secret out of the file",
        )
        return False
    return True


def _token(want: Wanted, found: Token | None, new_id: Callable[[str], str], report: Report) -> Token:
    entry, sought = want.entry, want.digest
    if sought is None:
        assert found is not None  # by _one_secret
        sought, shown = found.digest, found.hint
    elif entry.secret is not None:
        shown = hint(entry.secret.get_secret_value())
    elif entry.hint is not None:
        shown = entry.hint
    else:
        shown = found.hint if found is not None and found.digest == sought else f"sha256:{sought.hex()[:8]}"
    id_ = new_id("tok") if found is None else found.id
    return Token(
        id=id_,
        name=entry.name,
        organization_id=want.organization.id,
        digest=sought,
        hint=shown,
        models=None if entry.models is None else tuple(entry.models),
        expires_at=entry.expires,
        project_id=want.tree.find(want.organization, "project", entry.project, (*want.loc, "project")),
        member_id=want.tree.find(want.organization, "member", entry.member, (*want.loc, "member")),
        budgets=budgets_of(want.loc, entry, id_, () if found is None else found.budgets, report),
        addresses=None if entry.addresses is None else tuple(dict.fromkeys(entry.addresses)),
        dialects=None if entry.dialects is None else tuple(dict.fromkeys(entry.dialects)),
        tags=tuple(dict.fromkeys(entry.tags)),
        retention=entry.retention,
        paused=entry.paused if entry.paused is not None else found is not None and found.paused,
        former=() if found is None else found.former,
        limits=limits_of(want.loc, entry, report),
    )


def _check_owners(
    wanted: list[Wanted], tokens: dict[Loc, Token], by_digest: dict[bytes, Token], report: Report
) -> None:
    """No two tokens have one secret, and a revoked one's never comes back. Tokens of the file may swap theirs."""
    kept = {token.id: token.digest for token in tokens.values()}
    first: dict[bytes, Wanted] = {}
    for want, token in _pairs(wanted, tokens):
        if token.digest in first:
            other = first[token.digest].loc
            report.add(want.digest_loc, f"the same as that of {dotted(other)} (line {report.line(other)})")
            continue
        first[token.digest] = want
        owner = by_digest.get(token.digest)
        wrong = None if owner is None else _taken(token, owner, kept)
        if wrong is not None:
            report.add(want.digest_loc, wrong)


def _taken(token: Token, owner: Token, kept: dict[str, bytes]) -> str | None:
    """Why a token can't have a secret that `owner` has or had; None if it can."""
    rotated_out = token.digest != owner.digest
    if owner.id == token.id:
        return "it was rotated out: leave it out of the file, or give the new one's digest" if rotated_out else None
    if owner.revoked_at is not None:
        return f"it was that of token {owner.name!r}, which was revoked: make a new one"
    if rotated_out:
        return f"it was that of token {owner.name!r} before it was rotated: make a new one"
    if kept.get(owner.id, owner.digest) == token.digest:
        return f"it is that of token {owner.name!r} already: make a new one"
    return None


def _pairs(wanted: list[Wanted], tokens: dict[Loc, Token]) -> Iterator[tuple[Wanted, Token]]:
    for want in wanted:
        if want.loc in tokens:
            yield want, tokens[want.loc]
