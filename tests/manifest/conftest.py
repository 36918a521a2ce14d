"""An operator's desk on a real database, with a clock that stands still."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.adapters.sqlite.made import make_all
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database, of_files
from waystation.adapters.sqlite.connection import LEDGER_FILE
from waystation.manifest.operations import Operations
from waystation.manifest.plan import Plan
from waystation.manifest.repository import Snapshot
from waystation.vendors import vendors
from waystation.wire.errors import Misconfigured
from waystation.wire.ids import make_id

VENDORS = {name: vendor for name, vendor in vendors().items() if name.startswith("openai")}
ENVIRON = {"KEY_A": "sk-upstream-key-aaaa", "KEY_B": "sk-upstream-key-bbbb"}


class StillClock:
    """Implements `ports.Clock`; `at` moves by hand."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        self._count = 0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def new_id(self, prefix: str) -> str:
        self._count += 1
        return make_id(prefix, int(self.at * 1000), self._count)

    def draw(self) -> float:
        return 0.5


@dataclass
class Desk:
    folder: Path
    repository: SqlRepository
    path: Path  # of the ledger's file
    database: Database
    clock: StillClock = field(default_factory=StillClock)

    @property
    def operations(self) -> Operations:
        return Operations(self.repository, VENDORS, self.clock)

    def file(self, text: str, name: str = "waystation.yaml") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def apply(
        self, text: str, *, dry_run: bool = False, prune: bool = False, environ: Mapping[str, str] = ENVIRON
    ) -> Plan:
        return self.operations.apply_file(self.file(text), environ=environ, dry_run=dry_run, prune=prune)

    def mistakes(self, text: str, *, prune: bool = False) -> list[str]:
        """What is told of a file, less its folder. Nothing of it may have been written."""
        before = self.dump()
        with pytest.raises(Misconfigured) as caught:
            self.apply(text, prune=prune)
        assert self.dump() == before
        return caught.value.message.replace(f"{self.folder}/", "").splitlines()

    def snapshot(self) -> Snapshot:
        with self.repository.reading():
            return self.repository.snapshot()

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return list(connection.iterdump())


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """Desks by name; one name is one database."""
    opened: list[Database] = []

    def open_(name: str) -> Desk:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        make_all(folder)
        opened.append(of_files(folder))
        repository = SqlRepository(opened[-1], Cipher("0123456789abcdef0123456789abcdef"))
        return Desk(tmp_path, repository, folder / LEDGER_FILE, opened[-1])

    yield open_
    for database in opened:
        database.close()


@pytest.fixture
def desk(open_desk: Callable[[str], Desk]) -> Desk:
    return open_desk("ledger")


SECRET = "0123456789abcdefghijXYZ_-"
FILE = f"""\
upstreams:
  - name: main
    vendor: openai_compatible
    base_url: "http://127.0.0.1:9001/v1"
    keys: ["${{KEY_A}}", "${{KEY_B}}"]
models:
  - name: gpt-4o
    routes: [{{upstream: main, model: gpt-4o-2024-08-06}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
organizations:
  - name: acme
    opening_credit: 100 USD
    tokens:
      - name: ci
        secret: {SECRET}
        models: [gpt-4o]
        budget: {{amount: 10 USD, period: month}}
        expires: 2027-01-01
"""
