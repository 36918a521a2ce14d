import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.cli.test_calls import record
from tests.cli.world import Run, applied
from waystation.house import House
from waystation.settings import Settings
from waystation.wire.usage import Usage

JUNE = ("--since", "2026-06-01", "--until", "2026-07-01")


@pytest.fixture(autouse=True)
def _records(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    june = datetime(2026, 6, 10, 12, tzinfo=UTC).timestamp()
    usage = Usage(input_tokens=100, output_tokens=10)
    calls = [
        msgspec.structs.replace(record(number, model=model), at=at, usage=usage, amount_nanos=10**9, duration_ms=150)
        for number, (model, at) in enumerate(
            [("m", june), ("m", june + 86_400), ("other", june), ("m", june - 30 * 86_400)]
        )
    ]

    async def write() -> None:
        store = House(Settings(data_dir=tmp_path / "data")).store
        await store.start()
        for call in calls:
            await store.record(call)
        await store.aclose()

    asyncio.run(write())


def lines(run: Run, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("usage", "--json", *words).output.splitlines()]


def test_a_table(run: Run) -> None:
    head, *rows = run("usage", *JUNE, "--by", "model").output.splitlines()
    assert head.split() == [
        *("model", "calls", "input_tokens", "cache_read", "output_tokens", "reasoning"),
        *("estimated", "amount", "cost"),
    ]
    assert [row.split() for row in rows] == [
        ["m", "2", "200", "0", "20", "0", "0", "2.00", "USD"],
        ["other", "1", "100", "0", "10", "0", "0", "1.00", "USD"],
    ]


def test_json(run: Run) -> None:
    assert lines(run, *JUNE, "--grain", "day", "--model", "m", "--latency") == [
        {
            "day": day,
            "calls": 1,
            "input_tokens": 100,
            "cache_read": 0,
            "output_tokens": 10,
            "reasoning": 0,
            "estimated": 0,
            "amount": {"USD": "1.00"},
            "cost": {},
            "p50_ms": 150,
            "p95_ms": 195,
            "first_chunk_ms": None,
        }
        for day in ("2026-06-10", "2026-06-11")
    ]


def test_csv(run: Run) -> None:
    text = run("usage", *JUNE, "--grain", "month", "--by", "organization,model", "--csv", "--top", "1").output
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["month"], row["organization"], row["model"], row["amount"]) == ("2026-06", "org_1", "m", "2.00 USD")


def test_hours_of_a_zone(run: Run) -> None:
    words = ("--grain", "hour", "--zone", "Asia/Shanghai", "--since", "2026-06-10T20:00", "--until", "2026-06-10T21:00")
    assert [(line["hour"], line["calls"]) for line in lines(run, *words)] == [("2026-06-10 20:00", 2)]
    utc = ("--grain", "hour", "--since", "2026-06-10T12:00+00:00", "--until", "2026-06-11")
    assert [line["hour"] for line in lines(run, *utc)] == ["2026-06-10 12:00"]


def test_beside_the_period_before(run: Run) -> None:
    model, other = lines(run, *JUNE, "--by", "model", "--compare")
    assert (model["calls_before"], model["tokens_before"], model["amount_before"]) == (1, 110, {"USD": "1.00"})
    assert (other["calls_before"], other["tokens_before"], other["amount_before"]) == (0, 0, {})


def test_this_month_unless_told(run: Run) -> None:
    assert run("usage").output == "nothing was used\n"
    assert lines(run) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--by", "colour"), "--by 'colour' is none of organization, department"),
        (("--since", "yesterday"), "'yesterday' is no date"),
        (("--since", "2026-06-10T20:00"), "(a time asks for --zone)"),
        (("--zone", "Mars/Base"), "--zone 'Mars/Base' is no time zone"),
        (("--grain", "day", "--compare"), "leave --grain out"),
    ],
)
def test_what_makes_no_sense_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    result = run("usage", *words)
    assert result.exit_code == 1
    assert told in result.output
