"""The same with its books in a PostgreSQL as it comes, which shares the core of the load and commits to disk."""

import atexit
from pathlib import Path
from tempfile import mkdtemp

from bench.gateways.gateway import Gateway, Running
from bench.gateways.waystation import run_command, start_on
from bench.stage import Stage
from rigs.postgres import Postgres


def start(stage: Stage) -> Running:
    folder = stage.folder / "waystation-postgres"
    folder.mkdir()
    # On disk, and where the user that PostgreSQL runs as may go.
    database = Postgres(Path(mkdtemp(prefix="waystation-bench-", dir="/var/tmp")) / "server", durable=True)
    database.start()
    atexit.register(database.stop)
    settings = {"WAYSTATION_DATABASE_URL": database.create("waystation")}
    run_command(["migrate"], folder / "migrate.out", {"WAYSTATION_DATA_DIR": str(folder / "data"), **settings})
    return start_on(folder, stage, settings)


GATEWAY = Gateway("waystation on PostgreSQL", start)
