"""Things of the catalogue as named lines of text: for plans, and without any secret."""

from datetime import UTC, datetime
from typing import assert_never

from waystation.manifest.key_facets import key_facets
from waystation.manifest.naming import naming_text, route_text
from waystation.manifest.overrides import overrides_text
from waystation.manifest.routing_entries import breaker_text, routing_text
from waystation.manifest.shown import mask
from waystation.wire.catalogue import Budget, Model, Node, Organization, Token, Upstream
from waystation.wire.limit import Limit
from waystation.wire.money import Money, decimal_of
from waystation.wire.price import RATES, Price

Thing = Upstream | Model | Organization | Node | Token


def facets(thing: Thing) -> dict[str, str]:
    """What of a thing one may set, by field; what is left out is not there."""
    match thing:
        case Upstream():
            found = _upstream(thing)
        case Model():
            found = _model(thing)
        case Token():
            found = _token(thing)
        case Organization():
            found = _organization(thing)
        case Node():
            found = _node(thing)
        case _:
            assert_never(thing)
    return {name: value for name, value in found.items() if value is not None}


def _upstream(upstream: Upstream) -> dict[str, str | None]:
    limits = upstream.timeouts
    return {
        "vendor": upstream.vendor,
        "base_url": upstream.base_url,
        **key_facets(upstream),
        "priority": str(upstream.priority),
        "weight": str(upstream.weight),
        "proxy": None if upstream.proxy is None else mask(upstream.proxy),
        "ca_file": upstream.ca_file,
        "dialects": None if upstream.dialects is None else ", ".join(upstream.dialects),
        "timeouts": (
            f"connect {limits.connect_s:g} s, first byte {limits.first_byte_s:g} s, "
            f"idle {limits.idle_s:g} s, total {limits.total_s:g} s"
        ),
        "tags": ", ".join(upstream.tags) or None,
        **overrides_text(upstream.overrides),
        "breaker": None if upstream.breaker is None else breaker_text(upstream.breaker),
    }


def _model(model: Model) -> dict[str, str | None]:
    found: dict[str, str | None] = {"routes": ", ".join(map(route_text, model.routes)), **naming_text(model)}
    if model.price is not None:
        found |= {f"price.{name}": words for name, words in price_facets(model.price).items()}
    limit = None if model.limit is None else limit_text(model.limit)
    routing = None if model.routing is None else routing_text(model.routing)
    return found | {"max_output_tokens": str(model.max_output_tokens), "limit": limit, "routing": routing}


def price_facets(price: Price) -> dict[str, str]:
    """Its rates by name, those of a tier behind the tier's conditions."""
    found = {}
    for where, rates in (("", price), *((f" ({tier})", tier) for tier in price.tiers)):
        for name in RATES:
            nanos: int | None = getattr(rates, name)
            if nanos is not None:
                found[f"{name}{where}"] = f"{decimal_of(nanos)} {price.currency}"
    return found


def _organization(organization: Organization) -> dict[str, str | None]:
    days = organization.retain_responses_days
    return {
        "kind": None if organization.kind == "organization" else organization.kind,
        "time_zone": None if organization.time_zone == "UTC" else organization.time_zone,
        "currency": organization.currency,
        "price_group": organization.price_group,
        "retain_responses_days": str(days) if days else None,
        **_limits(organization),
    }


def _node(node: Node) -> dict[str, str | None]:
    return {"email": node.email, **_limits(node)}


def _token(token: Token) -> dict[str, str | None]:
    former = [f"{one.hint} until {time_text(one.until)}" for one in token.former]
    return {
        "name": token.name,
        "secret": f"{token.hint} (sha256 {token.digest.hex()[:8]})",
        "former": ", ".join(former) or None,
        **_limits(token),
        "models": "all" if token.models is None else ", ".join(token.models),
        "expires": None if token.expires_at is None else time_text(token.expires_at),
        "addresses": None if token.addresses is None else ", ".join(token.addresses),
        "dialects": None if token.dialects is None else ", ".join(token.dialects),
        "tags": ", ".join(token.tags) or None,
        "retention": None if token.retention == "organization" else token.retention,
    }


def _limits(thing: Organization | Node | Token) -> dict[str, str | None]:
    return {
        "models": None if thing.models is None else ", ".join(thing.models),
        "budget": "; ".join(map(budget_text, thing.budgets)) or None,
        "limit": "; ".join(map(limit_text, thing.limits)) or None,
        "paused": "yes" if thing.paused else None,
    }


def budget_text(budget: Budget) -> str:
    text = f"{Money(budget.amount_nanos, budget.currency)} {_period_text(budget)}"
    if not budget.hard:
        text += ", only counted"
    if budget.thresholds:
        text += f", told at {', '.join(f'{percent} %' for percent in budget.thresholds)}"
    return text


def limit_text(limit: Limit) -> str:
    parts = [
        f"{count} {what}"
        for count, what in (
            (limit.rpm, "requests a minute"),
            (limit.tpm, "tokens a minute"),
            (limit.concurrency, "at once"),
        )
        if count is not None
    ]
    if limit.queue:
        parts.append(f"{limit.queue} waiting up to {limit.queue_s} s")
    text = ", ".join(parts)
    return text if limit.model is None else f"{text} for {limit.model}"


def _period_text(budget: Budget) -> str:
    if budget.period == "total":
        return "in total"
    if budget.period != "custom":
        return f"a {budget.period}"
    text = f"from {budget.starts_on}"
    if budget.ends_on is not None:
        text += f" to {budget.ends_on}"
    return text if budget.every is None else f"each {budget.every} {text}"


def time_text(seconds: int) -> str:
    """A date if the moment is the start of one in UTC, else RFC 3339."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d}" if seconds % 86_400 == 0 else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
