"""The runs of servers that share the database: each shows that it lives, by the database's own clock."""

from typing import Final

from waystation.adapters.postgres.link import Connection

DEAD_S: Final = 60.0  # a run that was not seen for so long is dead
NOW: Final = "extract(epoch FROM clock_timestamp())::float8"

_OTHERS: Final = (
    "SELECT EXISTS (SELECT 1 FROM runs WHERE run_id <> $1 AND ended_at IS NULL"  # noqa: S608 - constants
    f" AND seen_at >= {NOW} - {DEAD_S})"
)


async def others_live(connection: Connection, run_id: str) -> bool:
    """Whether another run than this one may still be at work. Raises: asyncpg.PostgresError, OSError."""
    return bool(await connection.fetchval(_OTHERS, run_id))
