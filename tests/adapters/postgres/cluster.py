"""One PostgreSQL for the tests of a process, and databases in it that are made in some milliseconds."""

import atexit
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
    """A running one, with a database to be copied that has the newest schema."""
    server = Postgres(Path(tempfile.mkdtemp(prefix="waystation-postgres-")))
    server.start()
    atexit.register(server.stop)
    database = of_url(server.create(_TEMPLATE))
    migrate(database)
    database.close()
    return server


def fresh() -> str:
    """A new database's name: the newest schema, and nothing in it."""
    name = f"waystation_{next(_numbers)}"
    cluster().create(name, template=_TEMPLATE)
    return name
