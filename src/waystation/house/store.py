"""The store of the settings, for the gateway."""

from typing import Protocol

from waystation.adapters.crypto import Cipher
from waystation.adapters.postgres.store import PostgresStore
from waystation.adapters.sqlite.store import SqliteStore
from waystation.ports import Clock, Store
from waystation.settings import Settings


class Startable(Store, Protocol):
    @property
    def healthy(self) -> bool: ...

    @property
    def leads(self) -> bool: ...

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...


def store_of(settings: Settings, clock: Clock) -> Startable:
    """On PostgreSQL, if the settings name one; else on files in the data folder. Raises: Misconfigured."""
    cipher, timeout_s = Cipher.from_settings(settings), settings.store_timeout_s
    if settings.database_url is not None:
        return PostgresStore(settings.database_url.get_secret_value(), timeout_s=timeout_s, cipher=cipher, clock=clock)
    return SqliteStore(
        settings.data_dir, durability=settings.durability, timeout_s=timeout_s, cipher=cipher, clock=clock
    )
