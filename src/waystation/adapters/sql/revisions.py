"""Which revisions there are, read off the names of their files: without alembic, which takes a start its time."""

from pathlib import Path
from typing import Final, Literal

from waystation.wire.errors import Misconfigured

Schema = Literal["ledger", "calls", "responses"]
SCHEMAS: Final[tuple[Schema, ...]] = ("ledger", "calls", "responses")

FOLDER: Final = Path(__file__).parent / "migrations"


def head(schema: Schema) -> str:
    """The newest revision that this version knows."""
    return max(path.name for path in (FOLDER / schema).glob("[0-9]*.py")).partition("_")[0]


def check(schema: Schema, revision: object) -> None:
    """Whether a database of this revision (None: it has none) will do. One of a later version does: it only adds.

    Raises: Misconfigured, which says what to do.
    """
    if revision is None:
        raise Misconfigured("the database has no tables of Waystation yet: run `waystation migrate`")
    if str(revision) < head(schema):
        raise Misconfigured(
            f"the database is of an older version of Waystation ({schema} {revision}, not {head(schema)}):"
            " run `waystation migrate`"
        )


def version_table(schema: Schema) -> str:
    return f"{schema}_revision"
