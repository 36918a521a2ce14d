"""An upstream, calls of it in the log, and the vendor's bill for them, in either database."""

from pathlib import Path

from pydantic import SecretStr

from tests.adapters.sql.bills import DAY, log, record
from tests.house.world import manifest
from waystation.house.database import opened
from waystation.house.offline import operations
from waystation.identity.token import fingerprint
from waystation.settings import Settings

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


def settings_of(folder: Path, url: str | None = None) -> Settings:
    """Settings of a catalogue with the upstream `main`, and of three calls of it."""
    database_url = None if url is None else SecretStr(url)
    settings = Settings(data_dir=folder / "data", database_url=database_url)
    path = folder / "manifest.yaml"
    path.write_text(manifest(keys=KEY))
    settings.data_dir.mkdir(exist_ok=True)
    with operations(settings) as catalogue:
        catalogue.apply_file(path, environ={})
    with opened(settings) as database:
        log(database, [record(number, key_fingerprint=fingerprint(KEY)) for number in (1, 2, 3)])
    return settings


def row(number: int, *, tokens_in: int = 1000, tokens_out: int = 200, cost: str = "0.0045") -> str:
    return f"{DAY} 20:00:00,m-1,sk-upstream****key-a,req-{number},{tokens_in},{tokens_out},{cost}\n"


def bill_at(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = folder / "bill.csv"
    path.write_bytes((HEADING + "".join(rows)).encode(encoding))
    return path


def mapping_at(folder: Path, text: str = MAPPING) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text)
    return path
