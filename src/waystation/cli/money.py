"""`waystation money`: what is booked by hand."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import Money, decimal_of, nanos_of

if TYPE_CHECKING:
    from waystation.house.bookkeeping import Posted
    from waystation.ledger.errand import Booked, Errand, Memo

app = typer.Typer(help="Book money by hand: paid in, given, paid back, moved, put right.", no_args_is_help=True)

_Organization = Annotated[str, typer.Argument(help="The organization, by name or id.")]
_Amount = Annotated[str, typer.Argument(help="As in '100 USD'.")]
_By = Annotated[str | None, typer.Option(help="Who had it booked; the user, if not given.")]
_Reason = Annotated[str, typer.Option(help="Why.")]
_Reference = Annotated[str, typer.Option(help="The number of an invoice, receipt or order elsewhere.")]
_Key = Annotated[str | None, typer.Option("--key", help="An idempotency key: again with it, nothing is booked again.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def topup(
    organization: _Organization,
    amount: _Amount,
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Money was paid in: credit the wallet, which is opened if it is new."""
    from waystation.ledger.errand import TopUp

    memo = _memo(by, reason, reference)
    _book(
        organization,
        amount,
        lambda id_, money: TopUp(organization_id=id_, amount_nanos=money.nanos, currency=money.currency, memo=memo),
        key=key,
        as_json=as_json,
    )


@app.command()
def gift(
    organization: _Organization,
    amount: _Amount,
    until: Annotated[
        str | None, typer.Option(help="To the end of this day (or to this time): then it is gone.")
    ] = None,
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Give credit. It is used before what was paid in, and can't be paid back."""
    from waystation.house.bookkeeping import moment_for
    from waystation.ledger.errand import Gift

    memo = _memo(by, reason, reference)
    with telling():
        expires_at = None if until is None else moment_for(settings_with(), organization, until)

    def errand(id_: str, money: Money) -> "Errand":
        return Gift(
            organization_id=id_,
            amount_nanos=money.nanos,
            currency=money.currency,
            expires_at=expires_at,
            memo=memo,
        )

    _book(organization, amount, errand, key=key, as_json=as_json)


@app.command()
def refund(
    organization: _Organization,
    amount: _Amount,
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Money was paid back: debit the wallet, by no more than is free in it and was no gift."""
    from waystation.ledger.errand import Refund

    memo = _memo(by, reason, reference)
    _book(
        organization,
        amount,
        lambda id_, money: Refund(organization_id=id_, amount_nanos=money.nanos, currency=money.currency, memo=memo),
        key=key,
        as_json=as_json,
    )


@app.command("credit-line")
def credit_line(
    organization: _Organization,
    amount: _Amount,
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Set how far the wallet may go below zero; '0 USD' ends it."""
    from waystation.ledger.errand import CreditLine

    memo = _memo(by, reason, reference)
    _book(
        organization,
        amount,
        lambda id_, money: CreditLine(
            organization_id=id_, amount_nanos=money.nanos, currency=money.currency, memo=memo
        ),
        key=key,
        as_json=as_json,
    )


@app.command()
def transfer(
    organization: _Organization,
    gives: Annotated[str, typer.Option("--from", help="A budget's id, or who has only that budget.")],
    takes: Annotated[str, typer.Option("--to", help="As --from.")],
    amount: Annotated[str, typer.Argument(help="As in 12.50, in the budgets' currency.")],
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Let one budget's open window give to another's."""
    from waystation.house import bookkeeping

    with telling():
        booked = bookkeeping.transfer(
            settings_with(),
            organization,
            between=(gives, takes),
            amount_nanos=_nanos(amount),
            memo=_memo(by, reason, reference),
            key=key,
        )
        _print(booked, as_json=as_json)


@app.command()
def correct(
    organization: _Organization,
    posting: Annotated[int, typer.Argument(help="The posting's number, as `money list` shows it.")],
    due: Annotated[str, typer.Option("--due", help="What it should have come to, as in 0.0125.")],
    by: _By = None,
    reason: _Reason = "",
    reference: _Reference = "",
    key: _Key = None,
    as_json: _Json = False,
) -> None:
    """Put a posting right: the difference is booked, and the call's record and budgets follow."""
    from waystation.house.bookkeeping import book
    from waystation.ledger.errand import Correction

    memo = _memo(by, reason, reference)
    with telling():
        nanos = _nanos(due)
        booked = book(
            settings_with(),
            organization,
            lambda id_: Correction(organization_id=id_, posting_id=posting, due_nanos=nanos, memo=memo),
            key=key,
        )
        _print(booked, as_json=as_json)


@app.command("list")
def list_postings(
    organization: Annotated[str | None, typer.Option(help="Of this organization (name or id).")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind, such as topup.")] = None,
    bills: Annotated[bool, typer.Option("--bills", help="The bills of calls too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List postings, newest first."""
    from waystation.house import bookkeeping

    with telling():
        found = bookkeeping.list_postings(
            settings_with(),
            organization,
            lambda id_: bookkeeping.Query(organization_id=id_, kind=kind, bills=bills, limit=limit),
        )
        for one in found:
            typer.echo(msgspec.json.encode(one).decode() if as_json else _line(one))


def _book(
    organization: str, amount: str, errand: Callable[[str, Money], "Errand"], *, key: str | None, as_json: bool
) -> None:
    from waystation.house.bookkeeping import book

    with telling():
        try:
            money = Money.parse(amount)
        except ValueError as error:
            raise Misconfigured(str(error)) from error
        booked = book(settings_with(), organization, lambda id_: errand(id_, money), key=key)
        _print(booked, as_json=as_json)


def _nanos(text: str) -> int:
    try:
        return nanos_of(text)
    except ValueError as error:
        raise Misconfigured(str(error)) from error


def _memo(by: str | None, reason: str, reference: str) -> "Memo":
    from waystation.ledger.errand import Memo

    return Memo(by=by or getpass.getuser(), reason=reason, reference=reference)


def _print(booked: "Booked", *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(booked))
        return
    what = "nothing had to be booked" if booked.posting_id is None else f"posting {booked.posting_id}"
    amount, left = Money(booked.amount_nanos, booked.currency), Money(booked.available_nanos, booked.currency)
    typer.echo(f"{booked.kind} {amount}: {what}; {left} are available now")


def _line(one: "Posted") -> str:
    at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    memo = "" if one.memo is None else "  " + " ".join(f"{name}={value}" for name, value in one.memo.items())
    of = f"  corrects {one.corrects}" if one.corrects is not None else ""
    amount = f"{decimal_of(one.amount_nanos)} {one.currency}"
    return f"{at}  {one.id}  {one.kind}  {amount}  {one.from_account} > {one.to_account}{of}{memo}"
