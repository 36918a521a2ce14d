import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from tests.cli.world import Run, applied
from waystation.house import House
from waystation.settings import Settings
from waystation.wire.price import ONE, Factor, Price, Terms
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

NOON = 1_795_435_200.0  # 2026-11-23T12:00:00Z
PRICE = Price(
    currency="USD", input=2_500_000_000, output=10_000_000_000, terms=Terms(factors=(Factor("group vip", ONE // 2),))
)


def record(number: int, **facts: object) -> CallRecord:
    made = CallRecord(
        call_id=f"call_{number}",
        at=NOON,
        organization_id="org_1",
        token_id="tok_1",
        dialect="openai.chat",
        request_model="m",
        stream=False,
        outcome="ok",
        status=200,
        upstream="main",
    )
    return msgspec.structs.replace(made, **facts)


@pytest.fixture(autouse=True)
def _applied(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)


@pytest.fixture
def _billed(tmp_path: Path) -> None:
    usage = Usage(input_tokens=100, output_tokens=10)
    bill = {"usage": usage, "price": PRICE, "currency": "USD"}

    async def write() -> None:
        store = House(Settings(data_dir=tmp_path / "data")).store
        await store.start()
        await store.record(record(1, amount_nanos=175_000, cost_nanos=100_000, cost_currency="USD", **bill))
        await store.record(record(2, amount_nanos=5, **bill))
        await store.record(record(3, outcome="failed"))
        await store.aclose()

    asyncio.run(write())


def printed(run: Run, *words: str) -> str:
    result = run("price", *words)
    assert result.exit_code == 0, result.output
    return str(result.output)


def refused(run: Run, *words: str) -> str:
    result = run("price", *words)
    assert result.exit_code == 1
    return str(result.output)


def test_prices_in_force_are_listed_and_shown(run: Run) -> None:
    assert printed(run, "list").startswith("m  #1  from ")
    assert json.loads(printed(run, "list", "--json"))["missing"] == []
    assert "  output: 10.00 USD\n" in printed(run, "show", "m")
    assert json.loads(printed(run, "show", "m", "--json"))["price"]["input"] == 2_500_000_000
    assert "no price in force" in refused(run, "show", "x")


def test_a_price_is_booked_for_a_day_and_stands_in_the_history(run: Run) -> None:
    words = ("set", "m", "USD", "input=3", "output=12", "search=0.01", "--from", "2037-01-01", "--note", "dearer")
    assert "booked: m" in printed(run, *words)
    assert (
        json.loads(printed(run, "set", "m-1", "CNY", "input=1", "--upstream", "main", "--json"))["upstream"] == "main"
    )
    history = printed(run, "history", "m").splitlines()
    assert [line.split()[3].startswith("2037-01-01") for line in history] == [False, True]
    assert history[1].endswith("dearer")
    assert len(json.loads(printed(run, "history", "m", "--json"))) == 2
    assert "main/m-1" in printed(run, "list")
    assert "source" not in printed(run, "show", "m-1", "--upstream", "main")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "m", "USD", "video=1"), "no rate 'video'"),
        (("set", "m", "USD", "input=dear"), "input: expected"),
        (("set", "m", "dollars", "input=1"), "currency: expected"),
        (("set", "m", "USD", "input=1", "--from", "someday"), "'someday' is no date"),
        (("rates", "--set", "USD=7"), "no exchange rate"),
        (("rates", "--set", "USD/CNY=x"), "no exchange rate"),
        (("rates", "--set", "USD/USD=1"), "no exchange rate"),
        (("diff", "3"), "no proposal 3"),
        (("import", "litellm"), "Give its path"),
        (("explain", "call_x"), "no call 'call_x'"),
    ],
)
def test_a_mistake_is_told(run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in refused(run, *words)


def test_an_import_is_proposed_compared_and_approved(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    entry = {"litellm_provider": "openai", "input_cost_per_token": 3e-06, "output_cost_per_token": 1e-05, "odd_cost": 1}
    path.write_text(json.dumps({"m-1": entry}))
    assert "no proposals" in printed(run, "diff")
    said = printed(run, "import", "litellm", str(path))
    assert "m  input: 2.50 USD -> 3.00 USD  +20.0 %" in said
    assert "note: m: not taken over: odd_cost" in said
    assert json.loads(printed(run, "import", "litellm", str(path), "--for", "callers", "--json"))["number"] == 2
    assert printed(run, "diff").startswith("1  ")
    assert len(json.loads(printed(run, "diff", "--json"))) == 2
    assert printed(run, "diff", "1") == "m  input: 2.50 USD -> 3.00 USD  +20.0 %\n"
    assert json.loads(printed(run, "diff", "1", "--json"))[0]["percent"] == "+20.0 %"
    assert printed(run, "approve", "1", "--only", "x*") == "nothing to book\n"
    assert printed(run, "approve", "1", "--from", "2037-01-01").endswith("1 booked\n")
    assert json.loads(printed(run, "approve", "1", "--json"))[0]["model"] == "m"
    assert "  source: https://github.com/BerriAI" in printed(run, "show", "m")


def test_exchange_rates_are_booked_and_listed(run: Run) -> None:
    assert printed(run, "rates", "--set", "USD/CNY=7.12", "--from", "2026-12-01") == (
        "1 USD = 7.12 CNY  from 2026-12-01T00:00:00Z\n"
    )
    assert json.loads(printed(run, "rates", "--json"))[0]["nanos"] == 7_120_000_000


@pytest.mark.usefixtures("_billed")
def test_a_bill_is_explained_line_by_line(run: Run) -> None:
    assert printed(run, "explain", "call_1").splitlines() == [
        "input: 100 x 2.50 USD per million tokens = 0.00025 USD",
        "output: 10 x 10.00 USD per million tokens = 0.0001 USD",
        "sum: of these = 0.00035 USD",
        "group vip: x 0.50 = 0.000175 USD",
        "rounded: up to a whole nano-unit = 0.000175 USD",
    ]
    assert json.loads(printed(run, "explain", "call_1", "--json"))["lines"][-1]["numerator"] == 175_000
    assert printed(run, "explain", "call_2").splitlines()[-1] == "booked: 0.000000005 USD, all that there was"
    assert "nothing was billed" in refused(run, "explain", "call_3")


@pytest.mark.usefixtures("_billed")
def test_the_margin_says_how_much_is_not_known(run: Run) -> None:
    said = printed(run, "margin", "--since", "2026-11-23", "--until", "2026-11-24")
    assert said == ("m  2 calls  revenue 0.000175005 USD  cost 0.0001 USD  margin unknown  1 without a known cost\n")
    (line,) = json.loads(
        printed(run, "margin", "--since", "2026-11-23", "--by", "day", "--until", "2026-11-24", "--json")
    )
    assert (line["key"], line["calls"], line["margin"]) == ("2026-11-23", 2, {})


def test_a_model_without_a_price_in_force_is_pointed_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "soon.yaml"
    path.write_text(
        "models: [{name: soon, routes: [{upstream: main, model: s}]}]\n"
        'prices: [{model: soon, currency: USD, input: "1", output: "1", starts: "2037-01-01", '
        'tiers: [{above_input_tokens: 5, input: "2"}]}]\n'
    )
    assert run("apply", str(path)).exit_code == 0
    assert "soon  NO PRICE IN FORCE" in printed(run, "list")
    assert "1 tiers" in printed(run, "history", "soon")
