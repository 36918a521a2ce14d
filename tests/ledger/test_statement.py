"""Adding up a statement."""

import msgspec

from waystation.ledger.closing import Closing, Span
from waystation.ledger.statement import Book, Figures, Row, Scope, ScopeKind, Statement, UsageLine
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

SPAN = Span(100.0, 200.0)


def call(**facts: object) -> bytes:
    usage = Usage(input_tokens=3, output_tokens=0)
    base = {"call_id": "call_1", "at": 1.0, "organization_id": "org_1", "token_id": "tok_1", "dialect": "openai.chat"}
    base |= {"request_model": "gpt", "stream": False, "outcome": "ok", "status": 200, "usage": usage}
    return msgspec.json.encode(msgspec.convert(msgspec.to_builtins(base | facts), CallRecord))


def row(
    kind: str, amount: int, *, at: float = 150.0, wallet: int = 0, budget: int = 0, basis: bytes | None = None
) -> Row:
    return Row(1, at, kind, amount, "USD", basis, wallet, budget)


def written(book: Book) -> Statement:
    return book.statement(organization_id="org_1", organization="acme", time_zone="UTC")


def of(scope: Scope, *rows: Row) -> Statement:
    book = Book(scope, SPAN, (), {"USD": 1_000} if scope.kind == "organization" else {})
    for one in rows:
        book.add(one)
    return written(book)


def test_balances_are_reckoned_backwards_from_now() -> None:
    statement = of(
        Scope(),
        row("opening", 5, wallet=1),
        row("topup", 100, wallet=1),
        row("usage", 30, wallet=-1, basis=call()),
        row("transfer", 7, budget=1),
        row("topup", 50, wallet=1, at=200.0),
        row("topup", 1, wallet=1, at=99.0),
    )
    assert statement.figures == (
        Figures(currency="USD", opening=875, opening_credit=5, topup=100, usage=-30, transfer=7, closing=950),
    )


def test_a_wallet_that_did_not_move_is_in_it_too() -> None:
    assert of(Scope()).figures == (Figures(currency="USD", opening=1_000, closing=1_000),)


def test_what_is_later_in_another_currency_is_left_out() -> None:
    book = Book(Scope(), SPAN, (), {})
    book.add(row("topup", 5, wallet=1, at=300.0))
    assert written(book).figures == ()


def test_calls_are_told_to_whoever_asks() -> None:
    book = Book(Scope(), SPAN, (Closing(120.0, 0),), {})
    heard = book.add(row("usage", 5, wallet=-1, basis=call()))
    assert heard is not None
    assert heard.call_id == "call_1"
    assert book.add(row("topup", 5, wallet=1)) is None
    assert book.add(row("usage", 5, wallet=-1, at=110.0, basis=call())) is not None  # late, and counts at 120


def test_a_call_whose_usage_nobody_told_has_no_tokens() -> None:
    (line,) = of(Scope(), row("estimated", 5, wallet=-1, basis=call(usage=None))).lines
    assert line == UsageLine(model="gpt", currency="USD", calls=1, estimated_calls=1, amount_nanos=5)


def test_corrections_stand_beside_what_they_correct() -> None:
    (line,) = of(
        Scope(),
        row("usage", 30, wallet=-1, basis=call()),
        row("correction", 10, wallet=1, basis=call()),
        row("correction", 4, wallet=-1, basis=call()),
        row("correction", 4, wallet=-1),
    ).lines
    assert (line.calls, line.amount_nanos, line.correction_nanos) == (1, 30, -6)


def test_a_part_has_its_own_calls_only() -> None:
    basis = call(department_id="dep_2", project_id="prj_1", member_id="mem_1")
    mine: list[tuple[ScopeKind, str]] = [
        ("organization", "x"),
        ("project", "prj_1"),
        ("member", "mem_1"),
        ("token", "tok_1"),
        ("model", "gpt"),
    ]
    for kind, wanted in mine:
        assert len(of(Scope(kind=kind, id=wanted), row("usage", 5, wallet=-1, basis=basis)).lines) == 1
        other = of(Scope(kind=kind, id="other"), row("usage", 5, wallet=-1, basis=basis))
        assert len(other.lines) == (kind == "organization")
    below = Scope(kind="department", id="dep_1", departments=frozenset({"dep_1", "dep_2"}))
    assert len(of(below, row("usage", 5, wallet=-1, basis=basis)).lines) == 1
    assert not of(below, row("topup", 5, wallet=1)).figures
    assert of(below, row("transfer", 5, budget=-1)).figures == (Figures(currency="USD", transfer=-5),)
