"""One PostgreSQL for all tests of a process, and databases in it that are made in some milliseconds."""

import atexit
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from rigs.postgres import Postgres
from waystation.adapters.sql.engine import of_url
from waystation.adapters.sql.migrate import migrate

_TEMPLATE = "template_of_waystation"
_numbers = count(1)


@cache
def cluster() -> Postgres:
    """It runs from the first test that asks for it. Who kills one starts another."""
    folder = Path(tempfile.mkdtemp(prefix="waystation-postgres-"))
    server = Postgres(folder)
    server.start()
    atexit.register(_end, server, folder)
    return server


def fresh(template: str | None = None) -> str:
    """The name of a new database: as the template is, or with the newest schema and nothing in it."""
    name = f"waystation_{next(_numbers)}"
    cluster().create(name, template=template or _template())
    return name


@cache
def _template() -> str:
    database = of_url(cluster().create(_TEMPLATE))
    migrate(database)
    database.close()
    return _TEMPLATE


def _end(server: Postgres, folder: Path) -> None:
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
