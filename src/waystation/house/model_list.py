"""What upstreams offer: their own lists of models, asked for with their keys and by their overrides."""

import asyncio
from dataclasses import dataclass
from typing import Final

from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.house.offline import operations
from waystation.manifest.model_proposals import Comparison, compare, propose
from waystation.manifest.prices import as_of
from waystation.ports import Outbound
from waystation.routing.route import endpoint_of
from waystation.routing.rules import rules_of
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.vendors.model_list import Offered, read_page
from waystation.wire.catalogue import Timeouts, Upstream, UpstreamKey
from waystation.wire.errors import Misconfigured, UpstreamError

PATIENCE: Final = Timeouts(connect_s=5.0, first_byte_s=10.0, idle_s=10.0, total_s=20.0)
_PAGES_MAX: Final = 20
_PAGE_BYTES_MAX: Final = 8 * 1024 * 1024  # OpenRouter's list takes half a megabyte


class _Unlisted(Exception):
    """The words say why there is no list."""


@dataclass(frozen=True, slots=True)
class Found:
    """`proposal`: a file with what is not used yet; None if there is nothing."""

    compared: Comparison
    proposal: str | None


def compare_models(settings: Settings, name: str) -> Found:
    """What the upstream offers, beside what routes use of it. Nothing is changed. Raises: Misconfigured."""
    with operations(settings) as opened:
        at = opened.clock.now()
        with opened.repository.reading():
            catalogue = as_of(opened.repository.snapshot(), at).catalogue
    upstream = next((one for one in catalogue.upstreams if one.name == name), None)
    if upstream is None:
        there = ", ".join(one.name for one in catalogue.upstreams) or "none"
        raise Misconfigured(f"there is no upstream {name!r}; there are: {there}")
    compared = compare(catalogue, name, asyncio.run(_offered(upstream)))
    return Found(compared, propose(catalogue, compared, at))


def models_request(upstream: Upstream, key: UpstreamKey, more: str | None = None) -> Outbound:
    """For an upstream's list, or the part of it that `more` leads to."""
    vendor = vendors()[upstream.vendor]
    path, headers = vendor.models, vendor.sign(key.secret)
    if more is not None:
        path += ("&" if "?" in path else "?") + more
    rules = rules_of(upstream, "", 1)
    if rules is not None:
        path, headers = rules.path(path), rules.headers(headers)
    return Outbound(endpoint_of(upstream), "GET", path, headers, b"", PATIENCE)


async def _offered(upstream: Upstream) -> tuple[Offered, ...]:
    """By the first key that is answered. Raises: Misconfigured."""
    transport = HttpTransport()
    failures = []
    try:
        for key in upstream.keys:
            try:
                return await _pages(transport, upstream, key)
            except (UpstreamError, _Unlisted) as error:
                failures.append(f"{error} (key {key.fingerprint})")
    finally:
        await transport.aclose()
    raise Misconfigured(f"the upstream {upstream.name!r} gives no list of models: {'; '.join(failures)}")


async def _pages(transport: HttpTransport, upstream: Upstream, key: UpstreamKey) -> tuple[Offered, ...]:
    found: dict[str, Offered] = {}
    more: str | None = None
    for _ in range(_PAGES_MAX):
        inbound = await transport.send(models_request(upstream, key, more))
        body = await inbound.read(_PAGE_BYTES_MAX)
        if inbound.status != 200:
            raise _Unlisted(f"it answered {inbound.status}")
        try:
            page = read_page(body)
        except ValueError as error:
            raise _Unlisted(str(error)) from error
        found |= {one.name: one for one in page.models}
        more = page.more
        if more is None:
            return tuple(found.values())
    raise _Unlisted(f"it has more than {_PAGES_MAX} pages")
