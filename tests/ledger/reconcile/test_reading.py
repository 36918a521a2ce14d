from typing import Any

import pytest

from waystation.ledger.reconcile.mapping import mapping_of
from waystation.ledger.reconcile.reading import delimiter_of, lines_of
from waystation.ledger.reconcile.words import Line
from waystation.wire.errors import Misconfigured

WIDE: dict[str, Any] = {
    "time": {"column": "time", "zone": "UTC"},
    "days": "Asia/Shanghai",
    "model": {"column": "model", "aliases": {"Max": "qwen-max"}},
    "key": {"column": "key", "aliases": {"prod": "aaaa1111"}},
    "request_id": {"column": "id"},
    "calls": {"columns": ["n"]},
    "tokens": {
        "input_tokens": {"columns": ["hit", "miss"], "times": 1000},
        "output_tokens": {"columns": ["out"], "times": 1000},
    },
    "amount": {"columns": ["cost"], "currency_column": "currency"},
    "only": [{"column": "kind", "values": ["usage"]}, {"column": "model", "but": [""]}],
}
HEADING = "time,model,key,id,n,hit,miss,out,cost,currency,kind\n"


def read(text: str, document: dict[str, Any] = WIDE) -> list[Line]:
    return list(lines_of(text.splitlines(keepends=True), mapping_of(document), lambda name: f"key of {name}"))


def test_a_row_is_read_by_the_mapping() -> None:
    (line,) = read(HEADING + '2026-11-30 17:00:00,Max,prod,r-1,1,1.5,0.25,"2,000",¥0.5,cny,usage\n')
    assert line == Line(
        number=1,
        day="2026-12-01",
        model="qwen-max",
        key="aaaa1111",
        request_id="r-1",
        calls=1,
        tokens=(1750, 2_000_000, None, None),
        amount_nanos=500_000_000,
        currency="CNY",
    )


def test_what_a_row_does_not_say_stays_unsaid() -> None:
    (line,) = read(HEADING + "2026-11-30,m,other,,,,,,,,usage\n")
    assert (line.request_id, line.calls, line.tokens, line.amount_nanos) == (None, None, (None,) * 4, None)
    assert line.key == "key of other"


def test_rows_that_do_not_count_keep_their_numbers() -> None:
    rest = "1,1,1,1,1,USD"
    rows = f"2026-11-30,m,k,1,{rest},refund\n\n2026-11-30,,k,2,{rest},usage\n2026-11-30,m,k,3,{rest},usage\n"
    assert [(line.number, line.request_id) for line in read(HEADING + rows)] == [(3, "3")]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_from_the_heading(mark: str) -> None:
    heading = HEADING.replace(",", mark)
    assert delimiter_of(heading, ["time", "model"]) == mark
    text = heading + mark.join(["2026-11-30", '"a, b; c"', "prod", "1", "1", "1", "1", "1", "1", "USD", "usage"])
    assert [line.model for line in read(text)] == ["a, b; c"]


def test_a_delimiter_and_a_heading_further_down_may_be_named() -> None:
    text = "Bill of November\n\ntime;cost\n2026-11-30;1.234,5\n"
    document = {
        "time": {"column": "time"},
        "amount": {"columns": ["cost"], "currency": "EUR"},
        "heading": 3,
        "delimiter": ";",
        "decimal": ",",
    }
    (line,) = read(text, document)
    assert (line.amount_nanos, line.currency) == (1_234_500_000_000, "EUR")


LONG: dict[str, Any] = {
    "request_id": {"column": "id"},
    "calls": {"columns": ["n"]},
    "kinds": {
        "column": "kind",
        "quantity": "quantity",
        "times": 1000,
        "values": {"hit": ["input_tokens", "cache_read_input_tokens"], "out": ["output_tokens"], "requests": ["calls"]},
    },
    "amount": {"columns": ["price", "quantity"], "currency": "USD"},
}


def test_a_row_may_tell_one_kind_of_token() -> None:
    text = "id,n,kind,quantity,price\na,1,hit,2,0.5\na,1,out,,0.5\na,1,requests,3,\n"
    hit, out, requests = read(text, LONG)
    assert (hit.tokens, hit.calls, hit.amount_nanos, hit.day) == ((2000, None, 2000, None), 1, 1_000_000_000, None)
    assert (out.tokens, out.amount_nanos) == ((None, 0, None, None), None)
    assert (requests.tokens, requests.calls) == ((None,) * 4, 3000)


def test_kinds_that_are_not_known_are_refused_or_passed_over() -> None:
    text = "id,n,kind,quantity,price\na,1,storage,2,0.5\n"
    with pytest.raises(Misconfigured, match=r"row 1 .* does not know kind 'storage'"):
        read(text, LONG)
    assert read(text, {**LONG, "kinds": {**LONG["kinds"], "others": "skip"}}) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no heading"),
        ("time,model\n", "no column 'cost', only 'time', 'model'"),
        (HEADING + "2026-11-30,m,k,1,1,1,1,1,much,USD,usage\n", "row 1 of the bill can't be read: 'much' is no number"),
        (HEADING + "soon,m,k,1,1,1,1,1,1,USD,usage\n", "row 1 .* isoformat"),
        (HEADING + f"{'x' * 200_000},m\n", "line 2 of the bill is no CSV"),
    ],
)
def test_a_bill_that_does_not_fit_its_mapping_is_told(text: str, message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        read(text)


def test_many_times_of_day_are_not_all_remembered() -> None:
    rows = [f"{1_759_622_400 + second},m,k,1,1,1,1,1,1,USD,usage\n" for second in range(10_003)]
    assert {line.day for line in read(HEADING + "".join(rows))} == {"2025-10-05"}
