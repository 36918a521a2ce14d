"""A running store on a database of its own, and the other processes beside it."""

from functools import cache
from itertools import count
from typing import Any, Final

import pg8000.native

from rigs.postgres import Postgres
from tests.cluster import cluster, fresh
from tests.contract.beside import CIPHER, Beside
from tests.contract.store import NOW, ORGANIZATION, token
from waystation.adapters.postgres.caretaker import _ORPHANS
from waystation.adapters.postgres.store import PostgresStore
from waystation.adapters.sql.engine import of_url
from waystation.wire.ids import make_id

_CUT_OFF: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class PostgresWorld(Beside):
    """Its clock is the store's: `now` moves only by hand."""

    timeout_s = 1.5

    def __init__(self, server: Postgres | None = None, port: int | None = None, template: str | None = None) -> None:
        """On a server of the test's own if one is given; through that `port` if something is in between."""
        self.now = NOW
        self.server = server or cluster()
        self.name = fresh(template) if server is None else "waystation"
        self.url = self.server.url(self.name)
        self.database = of_url(self.url)
        if port is not None:
            self.url = self.url.replace(f":{self.server.port}/", f":{port}/")
        self.store = self.another()
        self._beside: pg8000.native.Connection | None = None

    def another(self) -> PostgresStore:
        """A store beside it, as another gateway has."""
        return PostgresStore(self.url, timeout_s=self.timeout_s, cipher=CIPHER, clock=_Clock(self))

    def prepare(self, credit_nanos: int = 100) -> None:
        """The contract's organization, wallet and token, before the store starts."""
        self.put_organization(ORGANIZATION)
        self.open_wallet("org_1", "USD", credit_nanos)
        self.put_token(token())

    @property
    def served(self) -> bool:
        return self.store._parts is not None

    async def sweep(self) -> int:
        return await self.store.sweep()

    async def crash(self) -> None:
        """The server is cut off from the database, and never comes back; another one notices that."""
        self.sql(_CUT_OFF)
        await self.store.aclose()  # which can say that it has ended only if it knows already that it was cut off
        self.sql("UPDATE runs SET seen_at = seen_at - 3600")
        self.store = self.another()
        await self.store.start()
        await self.store._running.caretaker._expire(_ORPHANS)  # which it does by itself after a while

    async def aclose(self) -> None:
        await self.store.aclose()
        self.leave()

    def leave(self) -> None:
        if self._beside is not None:
            self._beside.close()
            self._beside = None

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        """Over a connection that is not the store's."""
        if self._beside is None:
            self._beside = pg8000.native.Connection(
                "postgres", host="127.0.0.1", port=self.server.port, database=self.name
            )
        return list(self._beside.run(statement, **parameters) or ())


async def started() -> PostgresWorld:
    world = PostgresWorld(template=prepared())
    await world.store.start()
    return world


@cache
def prepared() -> str:
    """The name of a database that was prepared and that nobody uses: a template for others."""
    world = PostgresWorld()
    world.prepare()
    return world.name


class _Clock:
    def __init__(self, world: PostgresWorld) -> None:
        self._world = world
        self._ids = count(1)

    def now(self) -> float:
        return self._world.now

    def monotonic(self) -> float:
        return self._world.now

    def new_id(self, prefix: str) -> str:
        return make_id(prefix, int(self._world.now * 1000), next(self._ids) + id(self) % 2**32 * 2**16)

    def draw(self) -> float:
        return 0.5
