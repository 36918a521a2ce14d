"""The catalogue as a file that applies again without a change.

Upstreams' keys are variables, `${KEY_MAIN_1}`, unless secrets are asked for. Sub-tokens' secrets are not known here:
their digests are exported, and apply takes them. Revoked tokens are left out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import yaml

from waystation.manifest.bookings import about
from waystation.manifest.export_tenants import limit_fields, organizations
from waystation.manifest.facets import time_text
from waystation.manifest.key_facets import key_fields
from waystation.manifest.naming import naming_fields, route_fields
from waystation.manifest.overrides import overrides_fields
from waystation.manifest.repository import Keeping, Snapshot
from waystation.manifest.routing_entries import breaker_fields, routing_fields
from waystation.manifest.source import CORE, TAG
from waystation.manifest.variables import escape
from waystation.wire.catalogue import Model, Timeouts, Upstream
from waystation.wire.money import decimal_of
from waystation.wire.price import RATES, ExchangeRate, Multiplier, Price, Prices, PriceVersion, Tier

_NOT_IN_NAMES: Final = re.compile(r"[^A-Z0-9]+")

Fields = dict[str, object]
V = TypeVar("V", PriceVersion, Multiplier, ExchangeRate)


def export(snapshot: Snapshot, *, with_secrets: bool, at: float) -> str:
    """YAML. Without secrets it begins with the variables to set, each with the fingerprint of its value."""
    catalogue = snapshot.catalogue
    hidden = _Hidden(with_secrets)
    document = {
        "upstreams": [_upstream(upstream, hidden) for upstream in catalogue.upstreams],
        "models": [model_fields(model) for model in catalogue.models],
        "organizations": organizations(snapshot),
        **_book(catalogue.prices, int(at)),
        "retention": [_keeping(one) for one in snapshot.retention],
    }
    text = dump({section: entries for section, entries in document.items() if entries})
    return "".join(f"# {line}\n" for line in _preface(catalogue.revision, hidden, with_secrets)) + text


def dump(document: Mapping[str, object]) -> str:
    """As YAML that our reader reads as it was meant."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Quotes what our reader would take for a number, such as a name like 1e100: the library's own rules are older."""


for _kind, (_form, _first) in CORE.items():
    _Dumper.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_form})\Z"), _first)


class _Hidden:
    """Names a variable for each secret, or gives the secret itself."""

    def __init__(self, with_secrets: bool) -> None:
        self.variables: dict[str, str] = {}
        self._with_secrets = with_secrets

    def value(self, secret: str, name: str, what: str) -> str:
        if self._with_secrets:
            return escape(secret)
        stem = _NOT_IN_NAMES.sub("_", name.upper()).strip("_") or "X"
        variable, count = stem, 1
        while variable in self.variables:  # "a-b" and "a.b" have one stem
            count += 1
            variable = f"{stem}_{count}"
        self.variables[variable] = what
        return f"${{{variable}}}"


def _preface(revision: int, hidden: _Hidden, with_secrets: bool) -> Iterator[str]:
    yield f"The catalogue at revision {revision}."
    if with_secrets:
        yield "It holds the upstreams' keys: keep it like one."
    elif hidden.variables:
        yield "Set these before it is applied:"
        for variable, what in hidden.variables.items():
            yield f"  {variable}  {what}"


def _upstream(upstream: Upstream, hidden: _Hidden) -> Fields:
    fields: Fields = {
        "name": escape(upstream.name),
        "vendor": upstream.vendor,
        "base_url": escape(upstream.base_url),
        **key_fields(
            upstream,
            lambda key, number: hidden.value(key.secret, f"KEY_{upstream.name}_{number}", f"sha256 {key.fingerprint}…"),
        ),
        "priority": upstream.priority,
        "weight": upstream.weight,
    }
    if upstream.proxy is not None:
        has_password = "@" in upstream.proxy
        what = f"the proxy of {upstream.name}"
        fields["proxy"] = (
            hidden.value(upstream.proxy, f"PROXY_{upstream.name}", what) if has_password else upstream.proxy
        )
    if upstream.ca_file is not None:
        fields["ca_file"] = escape(upstream.ca_file)
    if upstream.dialects is not None:
        fields["dialects"] = list(upstream.dialects)
    if upstream.timeouts != Timeouts():
        limits = upstream.timeouts
        fields["timeouts"] = {
            "connect": limits.connect_s,
            "first_byte": limits.first_byte_s,
            "idle": limits.idle_s,
            "total": limits.total_s,
        }
    if upstream.tags:
        fields["tags"] = list(upstream.tags)
    if upstream.overrides is not None:
        headers = {
            name: hidden.value(value, f"HEADER_{upstream.name}_{name}", f"the header {name} of {upstream.name}")
            for name, value in upstream.overrides.headers.set
        }
        fields["overrides"] = overrides_fields(upstream.overrides, headers)
    if upstream.breaker is not None:
        fields["breaker"] = breaker_fields(upstream.breaker)
    return fields


def model_fields(model: Model) -> Fields:
    """As a file says it."""
    priced: Fields = {}
    if model.price is not None:
        priced["price"] = price_fields(model.price)
        if model.price.free:
            priced["free"] = True
    return {
        "name": model.name,
        "routes": [{"upstream": escape(route.upstream), **route_fields(route)} for route in model.routes],
        **naming_fields(model),
        **priced,
        "max_output_tokens": model.max_output_tokens,
        **({} if model.limit is None else {"limit": limit_fields(model.limit)}),
        **({} if model.routing is None else {"routing": routing_fields(model.routing)}),
    }


def _book(prices: Prices, at: int) -> dict[str, list[Fields]]:
    """What is in force, without its start, and what is to come. Public models have what is in force themselves."""
    versions = [one for one in _current(prices.versions, at) if one.upstream is not None or one.starts_at > at]
    return {
        "prices": [_version(one, at) for one in versions],
        "multipliers": [_multiplier(one, at) for one in _current(prices.multipliers, at)],
        "exchange_rates": [_exchange_rate(one, at) for one in _current(prices.exchange_rates, at)],
    }


def _current(ones: tuple[V, ...], at: int) -> list[V]:
    """For each thing the one in force, and the last one booked for each later start."""
    found: dict[object, V] = {}
    for one in sorted(ones, key=lambda one: (one.starts_at, one.number)):
        found[about(one), max(at, one.starts_at)] = one
    return list(found.values())


def _version(one: PriceVersion, at: int) -> Fields:
    upstream: Fields = {} if one.upstream is None else {"upstream": escape(one.upstream)}
    return {**upstream, "model": one.model, **price_fields(one.price), **_said(one.starts_at, at, one.source, one.note)}


def _multiplier(one: Multiplier, at: int) -> Fields:
    fields: Fields = {"factor": decimal_of(one.nanos), "models": one.models}
    if one.organization is not None:
        fields["organization"] = escape(one.organization)
    if one.group is not None:
        fields["group"] = escape(one.group)
    return fields | _said(one.starts_at, at, None, one.note)


def _exchange_rate(one: ExchangeRate, at: int) -> Fields:
    fields: Fields = {"base": one.base, "quote": one.quote, "rate": decimal_of(one.nanos)}
    return fields | _said(one.starts_at, at, one.source, None)


def _said(starts_at: int, at: int, source: str | None, note: str | None) -> Fields:
    told = {
        "starts": time_text(starts_at) if starts_at > at else None,
        "source": None if source is None else escape(source),
        "note": None if note is None else escape(note),
    }
    return {name: text for name, text in told.items() if text is not None}


def _keeping(keeping: Keeping) -> Fields:
    folder: Fields = {} if keeping.export_to is None else {"export_to": escape(keeping.export_to)}
    return {"kind": keeping.kind, "days": keeping.days, **folder}


def price_fields(price: Price) -> Fields:
    """As a file says it."""
    fields: Fields = {"currency": price.currency, **_rates(price)}
    if price.tiers:
        fields["tiers"] = [_tier(tier) for tier in price.tiers]
    return fields


def _tier(tier: Tier) -> Fields:
    conditions = {
        "above_input_tokens": tier.above_input_tokens,
        "service_tier": tier.service_tier,
        "days": list(tier.days) or None,
        "hours": tier.hours,
        "zone": tier.zone if tier.timed else None,
    }
    return {**{name: value for name, value in conditions.items() if value is not None}, **_rates(tier)}


def _rates(rates: Price | Tier) -> Fields:
    amounts = {name: getattr(rates, name) for name in RATES}
    return {name: decimal_of(nanos) for name, nanos in amounts.items() if nanos is not None}
