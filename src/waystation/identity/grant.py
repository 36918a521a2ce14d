"""A sub-token can never be given more than its creator has, whether that is a member or another sub-token."""

from collections.abc import Iterator, Mapping

import msgspec

from waystation.identity.address import networks
from waystation.identity.standing import Standing, departments, standing_of, words
from waystation.wire.catalogue import Budget, Node, Organization, Token
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Limit
from waystation.wire.money import Money


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a creator has. None is without a limit.

    `member_id` and `project_id` are where it stands, `department_id` is what its projects are in or below. `budgets`
    are its own; `alone`: they are not above what it creates, as a member's are, and neither are its `limits`. `paused`
    names who is.
    """

    organization_id: str
    member_id: str | None = None
    project_id: str | None = None
    department_id: str | None = None
    models: frozenset[str] | None = None
    budgets: tuple[Budget, ...] = ()
    limits: tuple[Limit, ...] = ()
    expires_at: int | None = None
    addresses: tuple[str, ...] | None = None
    dialects: tuple[Dialect, ...] | None = None
    alone: bool = False
    keeps_nothing: bool = False
    paused: str | None = None


def scope_of_token(standing: Standing) -> Scope:
    token = standing.token
    return Scope(
        organization_id=token.organization_id,
        member_id=token.member_id,
        project_id=token.project_id,
        department_id=standing.department_id,
        models=standing.models,
        budgets=token.budgets,
        limits=token.limits,
        alone=True,
        expires_at=token.expires_at,
        addresses=token.addresses,
        dialects=token.dialects,
        keeps_nothing=token.retention == "none",
        paused=standing.paused,
    )


def scope_of_member(member: Node, organization: Organization, nodes: Mapping[str, Node]) -> Scope:
    """What a token of the member's could do that has no limit of its own."""
    bare = Token(id="", name="", organization_id=organization.id, digest=b"", hint="", member_id=member.id)
    standing = standing_of(bare, organization, nodes)
    return Scope(
        organization_id=organization.id,
        member_id=member.id,
        department_id=member.parent_id,
        models=standing.models,
        budgets=member.budgets,
        paused=standing.paused,
    )


def check(standing: Standing, scope: Scope, nodes: Mapping[str, Node]) -> list[str]:
    """What of a new sub-token is more than its creator has, each in words that go on from "it"; none if nothing is."""
    token = standing.token
    return [
        *_place(token, scope, nodes),
        *_models(standing, scope),
        *_budgets(token, scope),
        *_rates(token, scope),
        *_limits(token, scope),
    ]


def _place(token: Token, scope: Scope, nodes: Mapping[str, Node]) -> Iterator[str]:
    if scope.paused is not None:
        yield f"can't be created now: the {scope.paused} is paused"
    if token.organization_id != scope.organization_id:
        yield "is of another organization"
        return
    if scope.member_id is not None and token.member_id != scope.member_id:
        yield f"must be of {words(nodes[scope.member_id], nodes)}"
    if scope.project_id is not None:
        if token.project_id != scope.project_id:
            yield f"must be in {words(nodes[scope.project_id], nodes)}"
    elif scope.department_id is not None and token.project_id is not None:
        above = {node.id for node in departments(nodes[token.project_id].parent_id, nodes)}
        if scope.department_id not in above:
            yield f"must be in a project of {words(nodes[scope.department_id], nodes)}"


def _models(standing: Standing, scope: Scope) -> Iterator[str]:
    if scope.models is None:
        return
    if standing.models is None:
        yield f"may use all models, its creator only {', '.join(sorted(scope.models)) or 'none'}"
    elif more := standing.models - scope.models:
        yield f"may use {', '.join(sorted(more))}, which its creator may not"


def _budgets(token: Token, scope: Scope) -> Iterator[str]:
    own = {_calendar(budget): budget for budget in token.budgets}
    for limit in scope.budgets:
        budget = own.get(_calendar(limit))
        most = Money(limit.amount_nanos, limit.currency)
        period = "in total" if limit.period == "total" else f"in a {limit.period} period"
        if budget is None:
            if limit.hard and scope.alone:
                yield f"needs a budget {period} of at most {most}, as its creator has"
        elif budget.amount_nanos > limit.amount_nanos:
            yield f"has a budget {period} of {Money(budget.amount_nanos, budget.currency)}, its creator one of {most}"
        elif limit.hard and not budget.hard:
            yield f"has a budget {period} that only counts, its creator's refuses"


def _rates(token: Token, scope: Scope) -> Iterator[str]:
    own = {limit.model: limit for limit in token.limits}
    for limit in scope.limits:
        has = own.get(limit.model, Limit())
        of = "" if limit.model is None else f" for {limit.model}"
        for name in ("rpm", "tpm", "concurrency"):
            count, most = getattr(has, name), getattr(limit, name)
            if most is not None and (count is None or count > most):
                yield f"needs a limit{of} with {name} {most} at most, as its creator has"


def _limits(token: Token, scope: Scope) -> Iterator[str]:
    if scope.expires_at is not None and (token.expires_at is None or token.expires_at > scope.expires_at):
        yield "outlives its creator"
    if scope.addresses is not None and not _is_inside(token.addresses, scope.addresses):
        yield f"may be used from addresses outside of {', '.join(scope.addresses)}"
    if scope.dialects is not None and not set(token.dialects or ("",)) <= set(scope.dialects):
        yield f"may be used for other languages than {', '.join(scope.dialects)}"
    if scope.keeps_nothing and token.retention != "none":
        yield "may have its calls' text stored, its creator may not"


def _is_inside(addresses: tuple[str, ...] | None, outer: tuple[str, ...]) -> bool:
    if addresses is None:
        return False
    return all(
        any(inner.version == other.version and inner.subnet_of(other) for other in networks(outer))  # type: ignore[arg-type]  # of one version
        for inner in networks(addresses)
    )


def _calendar(budget: Budget) -> tuple[str | None, ...]:
    return (budget.currency, budget.period, budget.starts_on, budget.every, budget.ends_on)
