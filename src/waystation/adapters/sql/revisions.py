"""Which revisions there are, read off the names of their files: without alembic, which takes a start its time."""

from pathlib import Path
from typing import Final, Literal

Schema = Literal["ledger", "calls", "responses"]
SCHEMAS: Final[tuple[Schema, ...]] = ("ledger", "calls", "responses")

FOLDER: Final = Path(__file__).parent / "migrations"


def head(schema: Schema) -> str:
    """The newest revision that this version knows."""
    return max(path.name for path in (FOLDER / schema).glob("[0-9]*.py")).partition("_")[0]


def version_table(schema: Schema) -> str:
    return f"{schema}_revision"
