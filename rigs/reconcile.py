"""Ten planted differences among 100,000 calls: are they all found, and is nothing else?

`python -m rigs.reconcile --store sqlite|postgres` fills a call log, writes the vendor's bill for it with one difference
of each kind, and runs `waystation reconcile` on both. The last line says how it went.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from rigs.postgres import Postgres
from waystation.adapters.sql.bulk import batches, insert_rows
from waystation.adapters.sql.tables.calls import calls
from waystation.house.database import opened
from waystation.identity.token import fingerprint
from waystation.ledger.reconcile.words import Kind
from waystation.settings import Settings
from waystation.wire.money import decimal_of
from waystation.wire.record import Attempt, CallRecord
from waystation.wire.usage import Usage

CALLS: Final = 100_000
FIRST: Final = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
DAYS: Final = 30
MODELS: Final = {"fast": (250, 1000), "large": (2500, 10_000), "thinking": (3000, 15_000)}  # nanos a token, in and out
KEY: Final = "sk-rig-0123456789"
OTHER_KEY: Final = "sk-other-9876543210"

MANIFEST: Final = f"""
upstreams:
  - {{name: main, vendor: openai_compatible, base_url: "http://127.0.0.1:9/v1", keys: ["{KEY}", "{OTHER_KEY}"]}}
models:
  - name: m
    routes: [{{upstream: main, model: large}}]
    price: {{currency: USD, input: "2.50", output: "10.00"}}
organizations:
  - {{name: acme, opening_credit: "100 USD"}}
"""
MAPPING: Final = """
time: {column: time}
model: {column: model}
key: {column: api_key}
request_id: {column: request_id}
tokens:
  input_tokens: {columns: [cached, uncached]}
  output_tokens: {columns: [output]}
  cache_read_input_tokens: {columns: [cached]}
amount: {columns: [cost], currency_column: currency}
"""
Row = dict[str, str]
HEADING: Final = ("request_id", "time", "model", "api_key", "cached", "uncached", "output", "cost", "currency")


def _changed(name: str, value: Callable[[Row], str]) -> Callable[[Row], list[Row]]:
    return lambda row: [{**row, name: value(row)}]


PLANTED: Final[dict[Kind, Callable[[Row], list[Row]]]] = {
    "call_not_in_bill": lambda _: [],
    "row_without_call": lambda row: [row, {**row, "request_id": "req-of-nobody"}],
    "tokens_differ": _changed("output", lambda row: str(int(row["output"]) + 1)),
    "amount_differs": _changed("cost", lambda row: f"{float(row['cost']) * 2:.9f}"),
    "model_differs": _changed("model", lambda row: "fast" if row["model"] != "fast" else "large"),
    "key_differs": _changed("api_key", lambda _: OTHER_KEY[:6] + "****" + OTHER_KEY[-4:]),
    "billed_twice": lambda row: [row, row],
    "currency_differs": _changed("currency", lambda _: "CNY"),
    "day_shifted": _changed("time", lambda row: f"{row['time'][:8]}{int(row['time'][8:10]) + 1:02d}{row['time'][10:]}"),
    "estimated": _changed("output", lambda row: str(int(row["output"]) + 50)),
}


def records(count: int, random: Random, estimated: int) -> Iterator[CallRecord]:
    """Calls of a month, evenly over its days; the one with this number is an estimate."""
    key = fingerprint(KEY)
    for number in range(count):
        model = random.choice(list(MODELS))
        price_in, price_out = MODELS[model]
        whole_in, whole_out = random.randint(10, 50_000), random.randint(1, 4000)
        yield CallRecord(
            call_id=f"call_{number:012d}",
            at=FIRST + number * DAYS * 86_400 / count,
            organization_id="org_1",
            token_id="tok_1",  # noqa: S106 - an id
            dialect="openai.chat",
            request_model="m",
            stream=False,
            outcome="ok",
            status=200,
            upstream="main",
            key_fingerprint=key,
            attempts=(
                Attempt(upstream="main", key_fingerprint=key, model=model, fault=None, status=200, duration_ms=900),
            ),
            usage=Usage(
                input_tokens=whole_in, output_tokens=whole_out, cache_read_input_tokens=random.randint(0, whole_in)
            ),
            estimated=number == estimated,
            currency="USD",
            cost_nanos=whole_in * price_in + whole_out * price_out,
            cost_currency="USD",
            vendor_request_id=f"req-{random.getrandbits(64):016x}",
        )


def row_of(record: CallRecord) -> Row:
    """The call as its vendor bills it."""
    usage = record.usage
    assert usage is not None
    assert record.cost_nanos is not None
    cached = usage.cache_read_input_tokens or 0
    return {
        "request_id": record.vendor_request_id or "",
        "time": datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "model": record.attempts[-1].model,
        "api_key": KEY[:6] + "****" + KEY[-4:],
        "cached": str(cached),
        "uncached": str((usage.input_tokens or 0) - cached),
        "output": str(usage.output_tokens),
        "cost": decimal_of(record.cost_nanos),
        "currency": "USD",
    }


def fill(settings: Settings, bill: Path, count: int, seed: int) -> dict[str, Kind]:
    """The call log, and the bill; by request id what was planted where."""
    random = Random(seed)
    # None on the last day: what is shifted there is no day of the bill's.
    places = dict(zip(random.sample(range(count * (DAYS - 1) // DAYS), len(PLANTED)), PLANTED, strict=True))
    estimated = next(number for number, kind in places.items() if kind == "estimated")
    planted: dict[str, Kind] = {}
    names = [column.name for column in calls.columns if column.name in _COLUMNS]
    with bill.open("w", newline="", encoding="gbk") as file, opened(settings) as database:
        table = csv.DictWriter(file, HEADING)
        table.writeheader()
        for start, batch in enumerate(batches(records(count, random, estimated), 5000)):
            with database.writing("calls") as connection:
                insert_rows(connection, calls, [[_COLUMNS[name](one) for name in names] for one in batch], names)
            for number, record in enumerate(batch, start=start * 5000):
                row = row_of(record)
                kind = places.get(number)
                table.writerows([row] if kind is None else PLANTED[kind](row))
                if kind is not None:
                    planted["req-of-nobody" if kind == "row_without_call" else row["request_id"]] = kind
    return planted


_COLUMNS: Final[dict[str, Callable[[CallRecord], Any]]] = {
    **{
        name: lambda record, name=name: getattr(record, name)  # type: ignore[misc]
        for name in (
            "call_id",
            "at",
            "organization_id",
            "token_id",
            "request_model",
            "upstream",
            "outcome",
            "amount_nanos",
        )
    },
    "record": lambda record: msgspec.json.encode(record).decode(),
}


class Commands:
    """`waystation` in processes of its own, timed."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {**os.environ, "WAYSTATION_DATA_DIR": str(settings.data_dir)}
        if settings.database_url is not None:
            self._environment["WAYSTATION_DATABASE_URL"] = settings.database_url.get_secret_value()

    def run(self, *words: str, status: int = 0) -> Any:
        began = monotonic()
        command = [sys.executable, "-m", "waystation", *words]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"{' '.join(words[:3])}: {monotonic() - began:.1f} s, {peak_mb} MB at most", flush=True)
        if done.returncode != status:
            raise SystemExit(f"{words} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return json.loads(done.stdout) if "--json" in words else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rigs.reconcile", description=__doc__)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=4)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reconcile-")))
        settings = _settings(folder, asked.store, stack)
        return _run(folder, settings, asked.calls, asked.seed)


def _settings(folder: Path, store: str, stack: ExitStack) -> Settings:
    if store == "sqlite":
        return Settings(data_dir=folder / "data")
    server = Postgres(folder / "postgres")
    server.start()
    stack.callback(server.stop)
    return Settings(data_dir=folder / "data", database_url=SecretStr(server.create("rig")))


def _run(folder: Path, settings: Settings, count: int, seed: int) -> int:
    for name, text in (("manifest.yaml", MANIFEST), ("mapping.yaml", MAPPING)):
        (folder / name).write_text(text)
    waystation = Commands(settings)
    waystation.run("migrate")
    waystation.run("apply", str(folder / "manifest.yaml"))
    planted = fill(settings, folder / "bill.csv", count, seed)
    waystation.run("reconcile", "mapping", "set", "rig", "--file", str(folder / "mapping.yaml"))
    options = ("--upstream", "main", "--mapping", "rig", "--json")
    bill = waystation.run("reconcile", "load", str(folder / "bill.csv"), *options)
    report = waystation.run("reconcile", "run", bill["id"], "--json", status=1)
    found = [(one["request_id"], one["kind"]) for one in report["differences"]]
    right = sum(planted.get(request_id) == kind for request_id, kind in found)
    print(f"{count} calls, {bill['rows']} rows, {report['matched']} matched")
    print(f"{len(planted)} planted, {right} found, {len(found) - right} others")
    return int(right != len(planted) or len(found) != right)


if __name__ == "__main__":
    sys.exit(main())
