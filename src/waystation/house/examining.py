"""The doctor: everything that a gateway rests on, looked at one by one."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator

from waystation import __version__
from waystation.adapters.clock import SystemClock
from waystation.adapters.open_files import raise_limit
from waystation.adapters.spool.inheritance import folders
from waystation.adapters.spool.journal import JOURNAL_FILE, REFUSED_FILE, waiting
from waystation.adapters.sqlite.connection import LEDGER_FILE
from waystation.adapters.sqlite.lock import is_served
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.house.auditing import verify_ledger
from waystation.house.finding import Finding
from waystation.house.model_list import models_request
from waystation.house.offline import operations
from waystation.ledger.price_book import Book
from waystation.manifest.prices import priced
from waystation.routing.pattern import is_template
from waystation.settings import Settings
from waystation.wire.catalogue import Catalogue, Upstream, UpstreamKey
from waystation.wire.errors import UpstreamError, WaystationError

OPEN_FILES_FEW = 4096


def examine(settings: Settings) -> list[Finding]:
    """Every finding, good ones too. Asks each upstream once per key for its list of models, which costs nothing."""
    findings = [Finding(True, "version", f"Waystation {__version__}, Python {sys.version.split()[0]}")]
    findings.append(Finding(True, "SQLite", sqlite3.sqlite_version))
    findings.append(_open_files())
    findings += _redis(settings)
    data = _data(settings)
    findings.append(data)
    if not data.good:
        return findings
    try:
        with operations(settings) as opened, opened.repository.reading():
            catalogue = opened.repository.snapshot().catalogue
    except WaystationError as error:
        return [*findings, Finding(False, "catalogue", error.message)]
    findings += _catalogue(catalogue)
    findings.append(_ledger(settings))
    findings += _journal(settings)
    return findings + asyncio.run(_ask_all(catalogue))


def _data(settings: Settings) -> Finding:
    place = repr(str(settings.data_dir.resolve()))
    if settings.database_url is not None:
        return Finding(True, "data", f"PostgreSQL; journals and keys in {place}")
    if not (settings.data_dir / LEDGER_FILE).exists():
        words = f"nothing in {place} yet: run `waystation apply FILE` or `serve` first"
        return Finding(False, "data", words)
    running = "a gateway runs on it" if is_served(settings.data_dir) else "no gateway runs on it"
    return Finding(True, "data", f"{place}; {running}")


def _open_files() -> Finding:
    most = raise_limit()
    if most >= OPEN_FILES_FEW:
        return Finding(True, "open files", f"{most} at once")
    words = f"only {most} at once, two for each call: raise the hard limit (ulimit -Hn, LimitNOFILE in systemd)"
    return Finding(False, "open files", words)


def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    from waystation.house.redis_doctor import examine_redis

    return asyncio.run(examine_redis(settings.redis_url.get_secret_value()))


def _ledger(settings: Settings) -> Finding:
    try:
        report = verify_ledger(settings)
    except WaystationError as error:
        return Finding(False, "ledger", error.message)
    return Finding(report.passed, "ledger", "verified" if report.passed else str(report))


def _journal(settings: Settings) -> Iterator[Finding]:
    """Bills that are written down but not booked."""
    places = folders(settings.data_dir)
    try:
        count = sum(waiting(folder / JOURNAL_FILE) for folder in places)
        refused = sum(waiting(folder / REFUSED_FILE) for folder in places)
    except (WaystationError, OSError) as error:
        yield Finding(False, "journal", str(error))
        return
    words = f"{count} bookings wait for the ledger: they are booked when it is back, or at the next start"
    yield Finding(not count, "journal", words if count else "nothing waits to be booked")
    if refused:
        yield Finding(False, "refused bookings", f"{refused}: see {REFUSED_FILE} and the log")


def _catalogue(catalogue: Catalogue) -> Iterator[Finding]:
    counts = {
        "upstreams": len(catalogue.upstreams),
        "models": len(catalogue.models),
        "organizations": len(catalogue.organizations),
        "tokens": len(catalogue.tokens),
    }
    for subject, count in counts.items():
        yield Finding(count > 0, subject, f"{count}" if count else "none: calls can't be answered")
    yield from _prices(catalogue, SystemClock().now())


def _prices(catalogue: Catalogue, at: float) -> Iterator[Finding]:
    """Models that are refused for want of a price, and upstreams' models whose cost nobody knows."""
    book = Book(catalogue.prices, {})
    models = [model.name for model in catalogue.models if priced(model, catalogue, at).price is None]
    if models:
        words = f"none in force for {', '.join(models)}: calls of it are refused; `waystation price set` books one"
        yield Finding(False, "prices", words)
    elif catalogue.models:
        yield Finding(True, "prices", "every model has one in force")
    priced_in = {model.price.currency for model in catalogue.models if model.price is not None}
    for organization in catalogue.organizations:
        billed = organization.currency
        lacking = sorted(one for one in priced_in if billed not in (None, one) and not book.exchange(one, billed, at))
        if lacking:
            words = f"no rate from {', '.join(lacking)} to {billed}, so {organization.name!r} is refused there"
            yield Finding(False, "exchange rates", f"{words}; `waystation price rates --set` books one")
    every = ((route.upstream, route.model) for model in catalogue.models for route in model.routes)
    routes = {(upstream, model) for upstream, model in every if not is_template(model)}
    unknown = sorted(
        f"{upstream}/{model}" for upstream, model in routes if not book.upstream_price(upstream, model, at)
    )
    if unknown:
        words = (
            f"not known for {len(unknown)} of {len(routes)} routes, so no margin is: `waystation price import` helps"
        )
        yield Finding(True, "what upstreams ask", words)


async def _ask_all(catalogue: Catalogue) -> list[Finding]:
    transport = HttpTransport()
    try:
        return [await _ask(transport, upstream, key) for upstream in catalogue.upstreams for key in upstream.keys]
    finally:
        await transport.aclose()


async def _ask(transport: HttpTransport, upstream: Upstream, key: UpstreamKey) -> Finding:
    subject = f"upstream {upstream.name!r}, key {key.fingerprint}"
    try:
        inbound = await transport.send(models_request(upstream, key))
    except UpstreamError as error:
        return Finding(False, subject, error.message)
    inbound.close()
    # Some servers have no list of models: what counts is that they are there and do not refuse the key.
    good = inbound.status < 400 or inbound.status in {404, 405}
    return Finding(good, subject, f"answered {inbound.status}")
