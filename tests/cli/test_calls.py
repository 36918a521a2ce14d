import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.world import Run, applied
from waystation.house import House
from waystation.settings import Settings
from waystation.wire.loss import Loss
from waystation.wire.price import Price
from waystation.wire.record import Attempt, CallRecord, Outcome

DAY = 86_400.0
NOON = 1_795_392_000.0  # 2026-11-23T00:00:00Z


def record(number: int, outcome: Outcome = "ok", model: str = "m", upstream: str = "main") -> CallRecord:
    return CallRecord(
        call_id=f"call_{number}",
        at=NOON + number * DAY,
        organization_id="org_1",
        token_id=f"tok_{number}",
        dialect="openai.chat",
        request_model=model,
        stream=False,
        outcome=outcome,
        status=200,
        upstream=upstream,
        attempts=(
            Attempt(upstream=upstream, key_fingerprint="0a", model="m-1", fault=None, status=200, duration_ms=1),
        ),
        price=Price(currency="USD", input=1, output=1),
        currency="USD",
        vendor_dialect="anthropic.messages" if number == 1 else None,
        losses=(Loss("tools[0]", "no such tool there", grave=True), Loss("seed", "no word")) if number == 1 else (),
    )


@pytest.fixture(autouse=True)
def _records(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)

    async def write() -> None:
        store = House(Settings(data_dir=tmp_path / "data")).store
        await store.start()
        for call in (record(0), record(1, "failed"), record(2, model="other"), record(3, upstream="spare")):
            await store.record(call)
        await store.aclose()

    asyncio.run(write())


def listed(run: Run, *words: str) -> list[str]:
    return [json.loads(line)["call_id"] for line in run("calls", "--json", *words).output.splitlines()]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ["call_3", "call_2", "call_1", "call_0"]),
        (("--limit", "1"), ["call_3"]),
        (("--before", "call_2"), ["call_1", "call_0"]),
        (("--outcome", "failed"), ["call_1"]),
        (("--model", "other"), ["call_2"]),
        (("--upstream", "spare"), ["call_3"]),
        (("--token", "tok_0"), ["call_0"]),
        (("--organization", "org_2"), []),
        (("--since", "2026-11-25"), ["call_3", "call_2"]),
        (("--until", "2026-11-24T08:00:00+08:00"), ["call_0"]),
        (("--model", "' OR 1=1 --"), []),
    ],
)
def test_calls_are_filtered(run: Run, words: tuple[str, ...], found: list[str]) -> None:
    assert listed(run, *words) == found


def test_a_line_is_for_people(run: Run) -> None:
    line = run("calls", "--limit", "1").output
    assert line.startswith("2026-11-26 00:00:00  call_3  m  ok 200")
    assert line.rstrip().endswith("spare:ok")


def test_a_line_names_what_was_lost(run: Run) -> None:
    line = run("calls", "--outcome", "failed").output
    assert line.rstrip().endswith("main:ok  lost tools[0], seed")


def test_an_object_has_every_field_also_those_that_say_nothing(run: Run) -> None:
    plain, lossy = (json.loads(run("calls", "--json", "--token", token).output) for token in ("tok_0", "tok_1"))
    assert list(plain) == list(lossy) == list(CallRecord.__struct_fields__)
    assert (plain["error_code"], plain["estimated"], plain["amount_nanos"], plain["losses"]) == (None, False, 0, [])
    assert (plain["vendor_dialect"], lossy["vendor_dialect"]) == (None, "anthropic.messages")
    assert lossy["losses"] == [
        {"field": "tools[0]", "reason": "no such tool there", "grave": True},
        {"field": "seed", "reason": "no word", "grave": False},
    ]


def test_a_bad_date_is_told(run: Run) -> None:
    result = run("calls", "--since", "yesterday")
    assert result.exit_code == 1
    assert "'yesterday' is no date" in result.output


def test_a_bad_outcome_is_told(run: Run) -> None:
    assert run("calls", "--outcome", "fine").exit_code == 2


@pytest.mark.parametrize("limit", ["0", "-1", "99999999999999999999", "many"])
def test_a_limit_out_of_bounds_is_told(run: Run, limit: str) -> None:
    assert run("calls", "--limit", limit).exit_code == 2


@pytest.mark.parametrize("date", ["2026-13-01", "", "10:00", "2026-11-23T25:00"])
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_what_is_no_date_is_told(run: Run, option: str, date: str) -> None:
    result = run("calls", option, date)
    assert result.exit_code == 1
    assert "is no date" in result.output


def test_one_call_is_shown_whole(run: Run) -> None:
    shown = json.loads(run("calls", "show", "call_1").output)
    assert (shown["call_id"], shown["outcome"], shown["price"]["currency"]) == ("call_1", "failed", "USD")
    assert json.loads(run("calls", "show", "call_1", "--json").output) == shown
    result = run("calls", "show", "call_9")
    assert (result.exit_code, "there is no record of 'call_9'" in result.output) == (1, True)


def test_calls_are_exported(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "exports")
    lines = run("calls", "export", "--before", "2026-11-25", "--to", folder).output.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["calls-2026-11-23.jsonl.gz", "1", "calls"],
        ["calls-2026-11-24.jsonl.gz", "1", "calls"],
    ]
    again = run("calls", "export", "--before", "2026-11-26", "--to", folder, "--format", "csv", "--json").output
    assert [json.loads(line)["name"] for line in again.splitlines()] == [
        f"calls-2026-11-{day}.csv.gz" for day in (23, 24, 25)
    ]
    assert run("calls", "check", folder).output == "every file is as it was written\n"
    (Path(folder) / "calls-2026-11-23.csv.gz").unlink()
    result = run("calls", "check", folder)
    assert (result.exit_code, result.output) == (1, "calls-2026-11-23.csv.gz is missing\n")
