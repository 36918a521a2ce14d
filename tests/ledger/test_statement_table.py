"""Statements as tables."""

from zoneinfo import ZoneInfo

from tests.ledger.test_statement import call, of, row
from waystation.ledger.statement import BUCKETS, Scope
from waystation.ledger.statement_table import (
    CALLS_HEAD,
    FACTS_HEAD,
    FIGURES_HEAD,
    LINES_HEAD,
    Amount,
    call_row,
    facts,
    figures,
    lines,
)
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

RECORD = CallRecord(
    call_id="call_1", at=1.0, organization_id="org_1", token_id="tok_1", dialect="openai.chat", request_model="gpt",
    stream=False, outcome="ok", status=200, usage=Usage(input_tokens=3, output_tokens=None),
)  # fmt: skip
NO_COUNTS = (0,) * len(BUCKETS)
THREE = (3, *NO_COUNTS[1:])


def test_a_statement_says_whose_it_is() -> None:
    head = facts(of(Scope()))
    assert head == ("acme", "organization", "acme", "1970-01-01T00:01:40+00:00", "1970-01-01T00:03:20+00:00", "UTC")
    assert len(head) == len(FACTS_HEAD)
    assert facts(of(Scope(kind="model", id="gpt", name="gpt")))[2] == "gpt"


def test_what_is_nothing_is_left_out_but_not_the_balances() -> None:
    made = of(Scope(), row("topup", 1_000, wallet=1), row("usage", 5, wallet=-1, basis=call()))
    rows = list(figures(made))
    assert rows == [
        ("opening", "USD", Amount(5)),
        ("topup", "USD", Amount(1_000)),
        ("usage", "USD", Amount(-5)),
        ("closing", "USD", Amount(1_000)),
    ]
    assert len(rows[0]) == len(FIGURES_HEAD)
    assert next(figures(of(Scope(), row("topup", 1_000, wallet=1)))) == ("opening", "USD", Amount(0))
    part = of(Scope(kind="model", id="gpt"), row("usage", 5, wallet=-1, basis=call()))
    assert list(figures(part)) == [("usage", "USD", Amount(-5))]


def test_lines_have_all_buckets() -> None:
    (line,) = lines(of(Scope(), row("usage", 5, wallet=-1, basis=call())))
    assert line == ("gpt", "USD", 1, 0, *THREE, Amount(5), Amount(0))
    assert len(line) == len(LINES_HEAD)


def test_a_call_is_a_row() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    cells = call_row(row("usage", 5, wallet=-1), RECORD, zone)
    when = "1970-01-01T08:02:30.000+08:00"
    assert cells == (when, "usage", 1, "call_1", "gpt", "tok_1", "", "", "", *THREE, "USD", Amount(5))
    assert len(cells) == len(CALLS_HEAD)
    back = call_row(row("correction", 5, wallet=1), RECORD, zone)
    assert back[9:] == (*NO_COUNTS, "USD", Amount(-5))
