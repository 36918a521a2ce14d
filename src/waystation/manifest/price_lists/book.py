"""Our own lists, which ship with the gateway: Chinese vendors in CNY, each price with where and when it was seen."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

from waystation.manifest.price_entries import PriceEntry, price_of
from waystation.manifest.price_lists.offer import Offer
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured

FOLDER: Final = Path(__file__).parents[2] / "prices"
_BESIDE: Final = ("models", "source", "seen", "note")


class Book:
    """A `PriceList` of one seller, or of several."""

    origin: Final = "book"

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self._pages = pages

    def find(self, upstream: Upstream, model: str) -> Offer | None:
        host = urlsplit(upstream.base_url).hostname or ""
        for page in self._pages:
            if any(fnmatchcase(host, pattern) for pattern in page["hosts"]):
                return _of_page(page, model)
        return None

    def search(self, model: str) -> Iterator[Offer]:
        for page in self._pages:
            offer = _of_page(page, model)
            if offer is not None:
                yield offer


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_book(name: str | None = None, folder: Path = FOLDER) -> Book:
    """One of our lists, or all of them. Raises: Misconfigured if there is none of this name."""
    known = names(folder)
    if name is not None and name not in known:
        raise Misconfigured(f"there is no list {name!r}; there are: {', '.join(known) or 'none'}")
    pages = [yaml.safe_load((folder / f"{one}.yaml").read_text()) for one in known if name in (None, one)]
    return Book(pages)


def _of_page(page: dict[str, Any], model: str) -> Offer | None:
    for entry in page["prices"]:
        if model in entry["models"]:
            return read_entry(page, entry)
    return None


def read_entry(page: dict[str, Any], entry: dict[str, Any]) -> Offer:
    """Raises: Misconfigured if it is no price."""
    fields = {"currency": page["currency"]} | {name: value for name, value in entry.items() if name not in _BESIDE}
    try:
        price = price_of(PriceEntry.model_validate(fields))
    except ValidationError as error:
        raise Misconfigured(f"the list of {page['seller']!r} is broken at {entry['models'][0]!r}") from error
    source = entry.get("source", page["source"])
    return Offer(price=price, source=f"{source} (seen {entry.get('seen', page['seen'])})")
