"""Single changes to who calls, without a file: secrets rotated, things paused, budgets and limits set.

Whose each thing is (the file's, or made by hand) stays as it was.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

import msgspec
from pydantic import ValidationError

from waystation.identity.token import ENTROPY_BYTES, digest, hint, mint
from waystation.manifest.budgets import budgets_of
from waystation.manifest.document import explain
from waystation.manifest.facets import budget_text
from waystation.manifest.finding import Owner, find_owner, find_token
from waystation.manifest.limited import find_limit, limited, read_limit, with_limit, without_limit
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.repository import Changes, Item, Repository, Snapshot
from waystation.manifest.schema import LimitedEntry
from waystation.ports import Clock
from waystation.wire.catalogue import Budget, FormerSecret, Model, Node, Organization, Token
from waystation.wire.errors import Misconfigured
from waystation.wire.limit import Limit

_LENGTH: Final = re.compile(r"(\d{1,7})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
OVERLAP_MAX_S: Final = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Rotated:
    """`secret` is shown now and never again; it is in no repr."""

    token: Token
    secret: str

    def __repr__(self) -> str:
        return f"Rotated(token={self.token.id!r}, hint={self.token.hint!r})"


@dataclass(frozen=True, slots=True)
class ByHand:
    repository: Repository
    clock: Clock

    def rotate(self, name_or_id: str, *, overlap: str = "0s") -> Rotated:
        """Give a token a new secret. The one before stays good for as long as `overlap` says, as in "24h".

        Raises: Misconfigured.
        """
        secret, until = mint(secrets.token_bytes(ENTROPY_BYTES)), int(self.clock.now()) + seconds_of(overlap)
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            token = find_token(snapshot, name_or_id)
            if token.revoked_at is not None:
                raise Misconfigured(f"token {token.name!r} was revoked: make a new one")
            former = (*token.former, FormerSecret(token.digest, token.hint, until))
            rotated = msgspec.structs.replace(token, digest=digest(secret), hint=hint(secret), former=former)
            self._put(snapshot, rotated)
        return Rotated(rotated, secret)

    def pause(self, path: str, *, paused: bool) -> Owner:
        """Stop all calls below an organization, a node or a token, or let them go on. Raises: Misconfigured."""
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = _owner(snapshot, path)
            changed: Owner = msgspec.structs.replace(owner, paused=paused)
            self._put(snapshot, changed)
        return changed

    def pause_token(self, name_or_id: str, *, paused: bool) -> Token:
        """As `pause`, for a token by its id, its name, or organization/name. Raises: Misconfigured."""
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            changed = msgspec.structs.replace(find_token(snapshot, name_or_id), paused=paused)
            self._put(snapshot, changed)
        return changed

    def set_budget(self, path: str, fields: dict[str, object]) -> Budget:
        """Give an owner a budget, in place of one of the same calendar and currency; the fields are as in a file.

        Raises: Misconfigured, naming each value that is wrong.
        """
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = _owner(snapshot, path)
            budget = _budget(owner, fields)
            budgets = {one.id: one for one in owner.budgets} | {budget.id: budget}
            self._put(snapshot, msgspec.structs.replace(owner, budgets=tuple(budgets.values())))
        return budget

    def remove_budget(self, path: str, *, period: str | None = None, currency: str | None = None) -> Budget:
        """Raises: Misconfigured if none is meant, or several are."""
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = _owner(snapshot, path)
            meant = [one for one in owner.budgets if period in {None, one.period} and currency in {None, one.currency}]
            if len(meant) != 1:
                there = "; ".join(map(budget_text, owner.budgets)) or "none"
                raise Misconfigured(f"say which budget of {path!r} by its period and currency; there are: {there}")
            kept = tuple(one for one in owner.budgets if one != meant[0])
            self._put(snapshot, msgspec.structs.replace(owner, budgets=kept))
        return meant[0]

    def set_limit(self, path: str, fields: dict[str, object]) -> Limit:
        """Give an owner, or as "model:name" a model, a limit in place of the one for the same calls.

        Raises: Misconfigured, naming each value that is wrong.
        """
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = limited(snapshot, path)
            limit = read_limit(owner, fields, snapshot)
            self._put(snapshot, with_limit(owner, limit))
        return limit

    def remove_limit(self, path: str, *, model: str | None = None) -> Limit:
        """Raises: Misconfigured if there is none for the same calls."""
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            owner = limited(snapshot, path)
            limit = find_limit(owner, path, model)
            self._put(snapshot, without_limit(owner, limit))
        return limit

    def _put(self, snapshot: Snapshot, changed: Owner | Model) -> None:
        match changed:
            case Model():
                keeper = snapshot.kept_by[Item("model", changed.name)]
                changes = Changes(kept_by=keeper, models=(changed,))
            case Organization():
                keeper = snapshot.kept_by[Item("organization", changed.id)]
                changes = Changes(kept_by=keeper, organizations=(changed,))
            case Node():
                changes = Changes(kept_by=snapshot.kept_by[Item(changed.kind, changed.id)], nodes=(changed,))
            case _:
                changes = Changes(kept_by=snapshot.kept_by[Item("token", changed.id)], tokens=(changed,))
        self.repository.write(changes, at=self.clock.now())


def seconds_of(text: str) -> int:
    """Of a length such as "90s", "30m", "24h" or "7d". Raises: Misconfigured."""
    match = _LENGTH.fullmatch(text)
    length = OVERLAP_MAX_S + 1 if match is None else int(match[1]) * _SECONDS[match[2]]
    if length > OVERLAP_MAX_S:
        raise Misconfigured(f"{text!r} is no length such as 30m, 24h or 7d, of 90 days at most")
    return length


def _owner(snapshot: Snapshot, path: str) -> Owner:
    """By its path, or a token by its id too."""
    known = {token.id: token for token in snapshot.catalogue.tokens if token.revoked_at is None}
    return known[path] if path in known else find_owner(snapshot, path)


def _budget(owner: Owner, fields: dict[str, object]) -> Budget:
    report = Report("budget")
    try:
        try:
            entry = LimitedEntry.model_validate({"budget": fields})
        except ValidationError as error:
            explain(error, LimitedEntry, (), report)
            report.stop()
        (budget,) = budgets_of((), entry, owner.id, owner.budgets, report)
        report.raise_if_any()
    except Rejected as error:
        raise Misconfigured("\n".join(str(one).removeprefix("budget: budget.") for one in error.mistakes)) from None
    return budget
