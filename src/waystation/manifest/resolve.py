"""What the file wants, in the words of the catalogue: things that are there keep their ids, new ones get one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from waystation.manifest.budgets import budgets_of
from waystation.manifest.document import At, Document
from waystation.manifest.keys import ceilings_of, keys_of, model_limits_of
from waystation.manifest.limits import limit_of, limits_of
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.naming import inputs_of, routes_of
from waystation.manifest.nodes import Tree, resolve_nodes
from waystation.manifest.overrides import overrides_of
from waystation.manifest.price_entries import price_of
from waystation.manifest.prices import booked, repriced
from waystation.manifest.repository import Keeping, Snapshot
from waystation.manifest.retention import keepings
from waystation.manifest.routing_entries import breaker_of, routing_of
from waystation.manifest.schema import ModelEntry, OrganizationEntry, TimeoutsEntry, UpstreamEntry
from waystation.manifest.tokens import Wanted, match
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Model, Node, Organization, Timeouts, Token, Upstream
from waystation.wire.dialect import Dialect
from waystation.wire.money import Money
from waystation.wire.price import Price, Prices, PriceVersion

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_BUNDLE_BYTES_MAX: Final = 4 * 1024 * 1024


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the file names. `revoked`: tokens that it names although they were revoked; they stay so."""

    upstreams: tuple[Upstream, ...]
    models: tuple[Model, ...]
    organizations: tuple[Organization, ...]
    wallets: tuple[tuple[str, Money], ...]
    tokens: tuple[Token, ...]
    nodes: tuple[Node, ...] = ()
    revoked: tuple[Token, ...] = ()
    repriced: tuple[PriceVersion, ...] = ()
    booked: Prices = Prices()
    retention: tuple[Keeping, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What resolving needs besides the file: the vendors, where its paths begin, ids, the time."""

    vendors: Mapping[str, Vendor]
    folder: Path
    new_id: Callable[[str], str]
    at: int


def resolve(document: Document, snapshot: Snapshot, context: Context, report: Report) -> Desired:
    """Mistakes go into the report; what has one may be missing from the result."""
    current = snapshot.catalogue
    upstreams = {upstream.name: upstream for upstream in current.upstreams}
    models = {model.name: model for model in current.models}
    known = {organization.name: organization for organization in current.organizations}
    organizations = {
        at.entry.name: _organization(at, known.get(at.entry.name), context, report) for at in document.organizations
    }
    tree = resolve_nodes(document, organizations, current.nodes, context.new_id, report)
    currencies = _currencies(document, snapshot)
    priced = _named(document)
    made = tuple(
        _model(at, models.get(at.entry.name), currencies, at.entry.name in priced, context, report)
        for at in document.models
    )
    matched = match(_wanted(document, organizations, tree), current.tokens, context.new_id, report)
    return Desired(
        upstreams=tuple(_upstream(at, upstreams.get(at.entry.name), context, report) for at in document.upstreams),
        models=made,
        repriced=repriced(made, current, context.at),
        booked=booked(document, current.prices, context.at),
        organizations=tuple(organizations.values()),
        wallets=tuple(
            (organizations[at.entry.name].id, money)
            for at in document.organizations
            for money in _openings(at, snapshot.wallets.get(organizations[at.entry.name].id, ()), report)
        ),
        nodes=tree.nodes,
        tokens=matched.tokens,
        revoked=matched.revoked,
        retention=keepings(document, context.folder, report),
    )


def _organization(
    at: At[OrganizationEntry], current: Organization | None, context: Context, report: Report
) -> Organization:
    entry = at.entry
    id_ = context.new_id("org") if current is None else current.id
    return Organization(
        id=id_,
        name=entry.name,
        retain_responses_days=entry.retain_responses_days,
        kind=entry.kind,
        time_zone=entry.time_zone,
        currency=entry.currency,
        price_group=entry.price_group,
        models=None if entry.models is None else tuple(entry.models),
        budgets=budgets_of(at.loc, entry, id_, () if current is None else current.budgets, report),
        paused=entry.paused if entry.paused is not None else current is not None and current.paused,
        limits=limits_of(at.loc, entry, report),
    )


def _wanted(document: Document, organizations: Mapping[str, Organization], tree: Tree) -> list[Wanted]:
    return [
        Wanted((*at.loc, "tokens", index), organizations[at.entry.name], entry, tree)
        for at in document.organizations
        for index, entry in enumerate(at.entry.tokens)
    ]


def _upstream(at: At[UpstreamEntry], current: Upstream | None, context: Context, report: Report) -> Upstream:
    entry = at.entry
    return Upstream(
        id=context.new_id("up") if current is None else current.id,
        name=entry.name,
        vendor=entry.vendor,
        base_url=_base_url(at, context.vendors, report),
        keys=keys_of(at.loc, entry, None if current is None else current.keys, context.folder, context.new_id, report),
        key_limits=None if entry.key_limits is None else ceilings_of((*at.loc, "key_limits"), entry.key_limits, report),
        model_limits=model_limits_of(at.loc, entry, report),
        priority=entry.priority,
        weight=entry.weight,
        proxy=None if entry.proxy is None else entry.proxy.get_secret_value(),
        ca_file=None
        if entry.ca_file is None
        else _bundle((*at.loc, "ca_file"), context.folder / entry.ca_file, report),
        timeouts=_timeouts(entry.timeouts),
        dialects=_dialects(at, context.vendors, report),
        tags=tuple(dict.fromkeys(entry.tags)),
        overrides=overrides_of(at.loc, entry.overrides, _paths(entry, context.vendors), report),
        breaker=breaker_of((*at.loc, "breaker"), entry.breaker, report),
    )


def _paths(entry: UpstreamEntry, vendors: Mapping[str, Vendor]) -> Mapping[Dialect, str]:
    vendor = vendors.get(entry.vendor)
    return {} if vendor is None else vendor.paths


def _dialects(at: At[UpstreamEntry], vendors: Mapping[str, Vendor], report: Report) -> tuple[Dialect, ...] | None:
    entry = at.entry
    if entry.dialects is None or entry.vendor not in vendors:
        return None
    known = vendors[entry.vendor].paths
    for index, dialect in enumerate(entry.dialects):
        if dialect not in known:
            report.add((*at.loc, "dialects", index), f"{entry.vendor} speaks {', '.join(known)}, not {dialect}")
    return tuple(dict.fromkeys(entry.dialects))


def _base_url(at: At[UpstreamEntry], vendors: Mapping[str, Vendor], report: Report) -> str:
    entry = at.entry
    if entry.vendor not in vendors:
        report.add((*at.loc, "vendor"), f"expected one of {', '.join(sorted(vendors))}, got {entry.vendor!r}")
        return ""
    base_url = entry.base_url or vendors[entry.vendor].base_url
    if base_url is None:
        report.add((*at.loc, "base_url"), f"missing: the vendor {entry.vendor!r} has no address of its own")
        return ""
    return base_url


def _bundle(loc: Loc, path: Path, report: Report) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_BUNDLE_BYTES_MAX)
    except OSError as error:
        report.add(loc, f"can't be read: {error.strerror}")
    else:
        if _CERTIFICATE not in content:
            report.add(loc, "holds no certificate in PEM form")
    return str(path.absolute())


def _timeouts(entry: TimeoutsEntry) -> Timeouts:
    return Timeouts(connect_s=entry.connect, first_byte_s=entry.first_byte, idle_s=entry.idle, total_s=entry.total)


def _model(
    at: At[ModelEntry],
    current: Model | None,
    currencies: frozenset[str],
    elsewhere: bool,
    context: Context,
    report: Report,
) -> Model:
    entry = at.entry
    routes = routes_of(at.loc, entry, report)
    model = Model(
        name=entry.name,
        routes=routes,
        price=_price(at, current, currencies, elsewhere, report),
        created_at=context.at if current is None else current.created_at,
        limit=None if entry.limit is None else limit_of((*at.loc, "limit"), entry.limit, report),
        routing=routing_of((*at.loc, "routing"), entry.routing, report),
        aliases=tuple(dict.fromkeys(entry.aliases)),
        matches=tuple(dict.fromkeys(entry.matches)),
        fallbacks=tuple(dict.fromkeys(entry.fallbacks)),
        context_length=entry.context_length,
        inputs=inputs_of(entry.inputs),
    )
    if entry.max_output_tokens is not None:
        model = msgspec.structs.replace(model, max_output_tokens=entry.max_output_tokens)
    return model


def _named(document: Document) -> frozenset[str]:
    """The public models that the file's own price book has."""
    return frozenset(at.entry.model for at in document.prices if at.entry.upstream is None)


def _price(
    at: At[ModelEntry], current: Model | None, currencies: frozenset[str], elsewhere: bool, report: Report
) -> Price | None:
    """`elsewhere`: the book has one, or will have."""
    entry = at.entry.price
    if entry is None and not at.entry.free and (elsewhere or (current is not None and current.price is not None)):
        return None if current is None else current.price
    if entry is None:
        return Price(currency=_free_currency(at, current, currencies, report), input=0, output=0)
    price = price_of(entry)
    if at.entry.free and not price.free:
        report.add((*at.loc, "price"), "more than 0 beside free: true: keep one")
    if not at.entry.free and price.free:
        report.add((*at.loc, "price"), "nothing has a price: add free: true if calls shall cost nothing")
    return price


def _free_currency(at: At[ModelEntry], current: Model | None, currencies: frozenset[str], report: Report) -> str:
    """Free calls are booked too, as 0 of a currency: the one that the model had, or the only one in use."""
    if not at.entry.free:
        report.add((*at.loc, "price"), "missing: give a price, or free: true if calls shall cost nothing")
    elif current is not None and current.price is not None and current.price.free:
        return current.price.currency
    elif len(currencies) == 1:
        return next(iter(currencies))
    else:
        there = ", ".join(sorted(currencies)) or "no currency"
        report.add(
            (*at.loc, "free"),
            f'say of which currency, as in price: {{currency: USD, input: "0", output: "0"}}; in use: {there}',
        )
    return ""


def _currencies(document: Document, snapshot: Snapshot) -> frozenset[str]:
    """Those that prices and wallets are in, there and in the file."""
    there = {money.currency for wallets in snapshot.wallets.values() for money in wallets}
    there |= {model.price.currency for model in snapshot.catalogue.models if model.price is not None}
    there |= {money.currency for at in document.organizations for money in at.entry.opening_credit}
    there |= {at.entry.currency for at in document.prices if at.entry.upstream is None}
    return frozenset(there | {at.entry.price.currency for at in document.models if at.entry.price is not None})


def _openings(at: At[OrganizationEntry], opened: tuple[Money, ...], report: Report) -> list[Money]:
    """The wallets to open. One that is open already must have been opened with the same."""
    before = {money.currency: money for money in opened}
    seen: set[str] = set()
    new = []
    for index, money in enumerate(at.entry.opening_credit):
        loc = (*at.loc, "opening_credit", index)
        if money.currency in seen:
            report.add(loc, f"a second opening credit in {money.currency}")
        elif money.currency not in before:
            new.append(money)
        elif money != before[money.currency]:
            report.add(
                loc,
                f"the {money.currency} wallet was opened with {before[money.currency]}; an opening credit is booked "
                "once and can't be changed",
            )
        seen.add(money.currency)
    return new
