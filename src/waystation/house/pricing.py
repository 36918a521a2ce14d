"""What `waystation price` does on the book and on the calls that were billed by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from sqlalchemy import select

from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.margin import Dimension, Margin, margins
from waystation.adapters.sql.prices import add_proposal, load_prices, load_proposals
from waystation.adapters.sql.tables.calls import calls
from waystation.house.database import opened
from waystation.ledger.price_book import Book
from waystation.manifest.price_lists.book import read_book
from waystation.manifest.price_lists.genai_prices import GenaiPricesList
from waystation.manifest.price_lists.litellm import LiteLlmList
from waystation.manifest.price_lists.offer import PriceList
from waystation.manifest.proposals import Comparison, Payers, Proposal, approved, compare, propose
from waystation.manifest.repository import Changes
from waystation.settings import Settings
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Prices, PriceVersion
from waystation.wire.record import CallRecord

__all__ = ["Comparison", "Dimension", "Margin", "PriceDesk", "Proposal", "prices"]

ListName = Literal["litellm", "genai-prices", "book"]

_RECORD: Final = msgspec.json.Decoder(CallRecord)


class _Content(msgspec.Struct, omit_defaults=True):
    """Of a proposal, as it is kept."""

    versions: tuple[PriceVersion, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def prices(settings: Settings) -> Iterator["PriceDesk"]:
    """Raises: Misconfigured, StoreUnavailable."""
    with opened(settings) as database:
        yield PriceDesk(database, SqlRepository(database, Cipher.from_settings(settings)), SystemClock().now())


class PriceDesk:
    """Everything as of one moment, `at` (Unix seconds)."""

    def __init__(self, database: Database, repository: SqlRepository, at: float) -> None:
        self._database = database
        self._repository = repository
        self.at = at

    def book(self) -> Prices:
        with self._database.reading() as connection:
            return load_prices(connection)

    def in_force(self) -> list[PriceVersion]:
        """Public models first, then what upstreams ask."""
        versions = self.book().versions
        book = Book(Prices(versions=versions), {})
        subjects = sorted({(one.upstream or "", one.model) for one in versions})
        found = (book.version(model, self.at, upstream=upstream or None) for upstream, model in subjects)
        return [one for one in found if one is not None]

    def missing(self) -> list[str]:
        """Public models whose calls are refused now."""
        catalogue = self._catalogue()
        priced = {one.model for one in self.in_force() if one.upstream is None}
        booked = {one.model for one in catalogue.prices.versions if one.upstream is None}
        return [
            model.name
            for model in catalogue.models
            if model.name not in priced and (model.price is None or model.name in booked)
        ]

    def add(self, added: Prices) -> None:
        """Raises: Misconfigured for what is not in the catalogue."""
        with self._repository.writing():
            catalogue = self._repository.snapshot().catalogue
            models, upstreams = {one.name for one in catalogue.models}, {one.name for one in catalogue.upstreams}
            for version in added.versions:
                if version.upstream is None and version.model not in models:
                    raise Misconfigured(f"there is no model {version.model!r}; there are: {', '.join(sorted(models))}")
                if version.upstream is not None and version.upstream not in upstreams:
                    there = ", ".join(sorted(upstreams))
                    raise Misconfigured(f"there is no upstream {version.upstream!r}; there are: {there}")
            self._repository.write(Changes(kept_by="cli", prices=added), at=self.at)

    def bring_in(self, kind: ListName, name: str | None, payers: Payers) -> Proposal:
        """Keep what a list would change. Raises: Misconfigured if the list can't be read."""
        list_ = _read(kind, name, self.at)
        catalogue = self._catalogue()
        try:
            versions, notes = propose(list_, catalogue, payers)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise Misconfigured(f"this is not {kind}'s list, or one of another form: {error!r}") from error
        content = msgspec.json.encode(_Content(versions, notes))
        with self._database.writing() as connection:
            number = add_proposal(connection, list_.origin, content, at=int(self.at))
        return Proposal(number=number, origin=list_.origin, made_at=int(self.at), versions=versions, notes=notes)

    def proposals(self) -> list[Proposal]:
        with self._database.reading() as connection:
            found = load_proposals(connection)
        proposals = []
        for number, origin, text, made_at in found:
            content = msgspec.json.decode(text, type=_Content)
            one = Proposal(
                number=number, origin=origin, made_at=made_at, versions=content.versions, notes=content.notes
            )
            proposals.append(one)
        return proposals

    def proposal(self, number: int) -> Proposal:
        """Raises: Misconfigured if there is none."""
        for one in self.proposals():
            if one.number == number:
                return one
        raise Misconfigured(f"there is no proposal {number}; `waystation price diff` lists them")

    def differences(self, number: int) -> list[Comparison]:
        return list(compare(self.proposal(number).versions, self.book().versions, int(self.at)))

    def approve(self, number: int, *, only: str, starts_at: int | None) -> tuple[PriceVersion, ...]:
        """Book a proposal's versions; those that were added. Raises: Misconfigured."""
        proposal = self.proposal(number)
        start = int(self.at) if starts_at is None else starts_at
        with self._repository.writing():
            there = self._repository.snapshot().catalogue.prices.versions
            added = approved(proposal, there, only=only, starts_at=start)
            note = f"proposal {number} from {proposal.origin}"
            noted = tuple(msgspec.structs.replace(one, note=note) for one in added)
            self._repository.write(Changes(kept_by="cli", prices=Prices(versions=noted)), at=self.at)
        return noted

    def call(self, call_id: str) -> CallRecord:
        """Raises: Misconfigured if there is no such call, or nothing was billed for it."""
        with self._database.reading() as connection:
            text = connection.execute(select(calls.c.record).where(calls.c.call_id == call_id)).scalar_one_or_none()
        if text is None:
            raise Misconfigured(f"there is no call {call_id!r}")
        record = _RECORD.decode(text)
        if record.usage is None or record.price is None:
            raise Misconfigured(f"nothing was billed for {call_id!r}: it ended as {record.outcome!r}")
        return record

    def margins(self, by: Dimension, *, since: float, until: float) -> list[Margin]:
        with self._database.reading() as connection:
            return margins(connection, by, since=since, until=until)

    def _catalogue(self) -> Catalogue:
        with self._repository.reading():
            return self._repository.snapshot().catalogue


def _read(kind: ListName, name: str | None, at: float) -> PriceList:
    if kind == "book":
        return read_book(name)
    if name is None:
        raise Misconfigured(f"which file is {kind}'s list? Give its path")
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise Misconfigured(f"{name!r} can't be read: {error.strerror}") from error
    if kind == "litellm":
        return LiteLlmList(content)
    return GenaiPricesList(content, datetime.fromtimestamp(at, UTC).date())
