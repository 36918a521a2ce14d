"""An upstream, calls of it in the log, and the vendor's bill for them, in either database."""

from pathlib import Path

from pydantic import SecretStr

from rigs.postgres import Postgres
from tests.adapters.sql.bills import DAY, log, record
from tests.house.world import manifest
from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue.repository import SqlRepository
from waystation.adapters.sql.migrate import migrate
from waystation.house.database import opened
from waystation.identity.token import fingerprint
from waystation.manifest.operations import Operations
from waystation.settings import Settings
from waystation.vendors import vendors

KEY = "sk-upstream-key-a"
MAPPING = """
time: {column: day, zone: Asia/Shanghai}
days: UTC
model: {column: 模型}
key: {column: key}
request_id: {column: id}
tokens:
  input_tokens: {columns: [in]}
  output_tokens: {columns: [out]}
amount: {columns: [cost], currency: USD}
"""
HEADING = "day,模型,key,id,in,out,cost\n"


def settings_of(folder: Path, server: Postgres | None = None, name: str = "") -> Settings:
    """Settings of a catalogue with the upstream `main`, and of three calls of it."""
    url = None if server is None else SecretStr(server.create(name))
    settings = Settings(data_dir=folder / "data", database_url=url)
    path = folder / "manifest.yaml"
    path.write_text(manifest(keys=KEY))
    settings.data_dir.mkdir(exist_ok=True)
    with opened(settings, at_head=False) as database:
        migrate(database)
        cipher = Cipher.from_settings(settings)
        Operations(SqlRepository(database, cipher), vendors(), SystemClock()).apply_file(path, environ={})
        log(database, [record(number, key_fingerprint=fingerprint(KEY)) for number in (1, 2, 3)])
    return settings


def row(number: int, *, day: str = f"{DAY} 20:00:00", tokens_out: int = 200, cost: str = "0.0045") -> str:
    return f"{day},m-1,sk-upstream****key-a,req-{number},1000,{tokens_out},{cost}\n"


def bill_at(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = folder / "bill.csv"
    path.write_bytes((HEADING + "".join(rows)).encode(encoding))
    return path


def mapping_at(folder: Path, text: str = MAPPING) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text)
    return path
