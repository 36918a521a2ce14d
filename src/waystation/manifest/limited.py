"""Whose limits single changes mean, and what becomes of them."""

import difflib
from typing import Final

import msgspec
from pydantic import ValidationError

from waystation.manifest.document import explain
from waystation.manifest.facets import limit_text
from waystation.manifest.finding import Owner, find_owner
from waystation.manifest.limits import limit_of
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.repository import Snapshot
from waystation.manifest.schema import LimitEntry, RateEntry
from waystation.manifest.shown import mask
from waystation.wire.catalogue import Model
from waystation.wire.errors import Misconfigured
from waystation.wire.limit import Limit

MODEL: Final = "model:"


def limited(snapshot: Snapshot, path: str) -> Owner | Model:
    """As `find_owner`, a token by its id too; and a model as "model:name". Raises: Misconfigured."""
    if path.startswith(MODEL):
        return _model(snapshot, path.removeprefix(MODEL))
    known = {token.id: token for token in snapshot.catalogue.tokens if token.revoked_at is None}
    return known[path] if path in known else find_owner(snapshot, path)


def read_limit(owner: Owner | Model, fields: dict[str, object], snapshot: Snapshot) -> Limit:
    """The fields are as in a file. Raises: Misconfigured, naming each that is wrong."""
    form = RateEntry if isinstance(owner, Model) else LimitEntry
    report = Report("limit")
    try:
        try:
            limit = limit_of((), form.model_validate(fields), report)
        except ValidationError as error:
            explain(error, form, (), report)
            report.stop()
        report.raise_if_any()
    except Rejected as error:
        raise Misconfigured("\n".join(str(one).removeprefix("limit: ") for one in error.mistakes)) from None
    if limit.model is not None:
        _model(snapshot, limit.model)
    return limit


def limits_of_owner(owner: Owner | Model) -> tuple[Limit, ...]:
    if isinstance(owner, Model):
        return () if owner.limit is None else (owner.limit,)
    return owner.limits


def find_limit(owner: Owner | Model, path: str, model: str | None) -> Limit:
    """Raises: Misconfigured if it has none for these calls."""
    there = limits_of_owner(owner)
    for limit in there:
        if limit.model == model:
            return limit
    whose = "all models" if model is None else f"model {mask(model)!r}"
    known = "; ".join(map(limit_text, there)) or "none"
    raise Misconfigured(f"{path!r} has no limit for {whose}; there are: {known}")


def with_limit(owner: Owner | Model, limit: Limit) -> Owner | Model:
    if isinstance(owner, Model):
        return msgspec.structs.replace(owner, limit=limit)
    limits = {one.model: one for one in owner.limits} | {limit.model: limit}
    return msgspec.structs.replace(owner, limits=tuple(limits.values()))


def without_limit(owner: Owner | Model, limit: Limit) -> Owner | Model:
    if isinstance(owner, Model):
        return msgspec.structs.replace(owner, limit=None)
    return msgspec.structs.replace(owner, limits=tuple(one for one in owner.limits if one != limit))


def _model(snapshot: Snapshot, name: str) -> Model:
    models = {model.name: model for model in snapshot.catalogue.models}
    if name not in models:
        near = difflib.get_close_matches(name, models, n=1, cutoff=0.5)
        there = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(models)) or 'none'}"
        raise Misconfigured(f"there is no model {mask(name)!r}; {there}")
    return models[name]
