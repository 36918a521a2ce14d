"""`waystation price`: the price book, imports into it, and what calls brought and cost."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of
from waystation.wire.price import RATES, ExchangeRate, Price, Prices, PriceVersion

if TYPE_CHECKING:
    from waystation.house.pricing import Margin, PriceDesk, Proposal

app = typer.Typer(help="The price book: what calls cost, what we pay, and what is left.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Upstream = Annotated[str | None, typer.Option(help="What this upstream asks of us, instead of what callers pay.")]
_From = Annotated[str | None, typer.Option("--from", help="In force from this date or time on (UTC); else from now.")]
_Kind = Literal["litellm", "genai-prices", "book"]
_By = Literal["model", "upstream", "organization", "day"]
_For = Literal["callers", "upstreams", "both"]


@app.command("list")
def list_(as_json: _Json = False) -> None:
    """List the prices that are in force now: of public models, then of upstreams."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        found, missing = desk.in_force(), desk.missing()
        if as_json:
            typer.echo(_encoded({"in_force": found, "missing": missing}))
            return
        for version in found:
            typer.echo(_line(version))
        for model in missing:
            typer.echo(f"{model}  NO PRICE IN FORCE: its calls are refused")


@app.command("show")
def show(model: str, upstream: _Upstream = None, as_json: _Json = False) -> None:
    """Show a price that is in force, with every rate and tier."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        for version in desk.in_force():
            if (version.model, version.upstream) == (model, upstream):
                typer.echo(_encoded(version) if as_json else "\n".join(_rates(version)))
                return
        raise Misconfigured(f"{model!r} has no price in force; `waystation price list` shows all that have")


@app.command("history")
def history(model: str, upstream: _Upstream = None, as_json: _Json = False) -> None:
    """List every version of a price: what is over, what is in force, what is to come."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        versions = [one for one in desk.book().versions if (one.model, one.upstream) == (model, upstream)]
        versions.sort(key=lambda one: (one.starts_at, one.number))
        if as_json:
            typer.echo(_encoded(versions))
            return
        for version in versions:
            typer.echo(f"{_line(version)}  booked {_time(version.booked_at)}  {version.note or ''}".rstrip())


@app.command("set")
def set_(
    model: str,
    currency: str,
    rates: Annotated[list[str], typer.Argument(help="Such as input=2.50 output=10 search=0.01; tiers are in files.")],
    upstream: _Upstream = None,
    starts: _From = None,
    source: Annotated[str | None, typer.Option(help="The address that it was seen at.")] = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    as_json: _Json = False,
) -> None:
    """Book a price. Calls that have begun keep theirs."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        version = PriceVersion(
            number=0,
            model=model,
            starts_at=_start(starts, desk.at),
            price=_price(currency, rates),
            upstream=upstream,
            source=source,
            note=note,
        )
        desk.add(Prices(versions=(version,)))
        typer.echo(_encoded(version) if as_json else f"booked: {_line(version)}")


@app.command("import")
def import_(
    kind: Annotated[_Kind, typer.Argument(help="Whose list it is; `book` is our own.")],
    name: Annotated[str | None, typer.Argument(help="The list's file; of `book` the name of one, else all.")] = None,
    payers: Annotated[_For, typer.Option("--for", help="Whose prices it is to change.")] = "both",
    as_json: _Json = False,
) -> None:
    """Look up what is served in a list of prices. It makes a proposal: nothing is in force before `approve`."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        proposal = desk.bring_in(kind, name, payers)
        if as_json:
            typer.echo(_encoded(proposal))
            return
        _print_differences(desk, proposal.number)
        for note in proposal.notes:
            typer.echo(f"note: {note}")
        typer.echo(f"proposal {proposal.number}: nothing is in force before `waystation price approve`")


@app.command("diff")
def diff(number: Annotated[int | None, typer.Argument(help="A proposal.")] = None, as_json: _Json = False) -> None:
    """Show what a proposal would change now, rate by rate; without a number, list the proposals."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        if number is None:
            found = desk.proposals()
            typer.echo(_encoded(found) if as_json else "\n".join(map(_title, found)) or "no proposals")
        elif as_json:
            typer.echo(_encoded(desk.differences(number)))
        else:
            _print_differences(desk, number)


@app.command("approve")
def approve(
    number: int,
    only: Annotated[str, typer.Option(help="Only prices whose name fits, such as 'gpt-*' or 'main/*'.")] = "*",
    starts: _From = None,
    as_json: _Json = False,
) -> None:
    """Book what a proposal would change."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        start = None if starts is None else _start(starts, desk.at)
        added = desk.approve(number, only=only, starts_at=start)
        if as_json:
            typer.echo(_encoded(added))
            return
        for version in added:
            typer.echo(f"booked: {_line(version)}")
        typer.echo(f"{len(added)} booked" if added else "nothing to book")


@app.command("rates")
def rates(
    change: Annotated[str | None, typer.Option("--set", help="Book one, such as USD/CNY=7.12.")] = None,
    starts: _From = None,
    source: Annotated[str | None, typer.Option(help="Where it was seen.")] = None,
    as_json: _Json = False,
) -> None:
    """List the exchange rates, or book one."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        if change is not None:
            desk.add(Prices(exchange_rates=(_exchange_rate(change, _start(starts, desk.at), source),)))
        found = desk.book().exchange_rates
        if as_json:
            typer.echo(_encoded(found))
            return
        for rate in found:
            typer.echo(f"1 {rate.base} = {decimal_of(rate.nanos)} {rate.quote}  from {_time(rate.starts_at)}")


@app.command("explain")
def explain(call_id: str, as_json: _Json = False) -> None:
    """Show the arithmetic of a call's bill, line by line."""
    from waystation.house.pricing import prices
    from waystation.ledger.price_trace import trace

    with telling(), prices(settings_with()) as desk:
        call = desk.call(call_id)
        assert call.usage is not None
        assert call.price is not None
        lines = trace(call.usage, call.price)
        if as_json:
            amounts = [msgspec.structs.asdict(line) | {"amount": line.amount} for line in lines]
            typer.echo(_encoded({"call_id": call_id, "amount_nanos": call.amount_nanos, "lines": amounts}))
            return
        for line in lines:
            typer.echo(str(line))
        if lines[-1].numerator != call.amount_nanos:
            typer.echo(f"booked: {decimal_of(call.amount_nanos)} {call.currency}, all that there was")


@app.command("margin")
def margin(
    since: Annotated[str, typer.Option(help="From this date or time on (UTC).")],
    until: Annotated[str | None, typer.Option(help="Before this date or time; else until now.")] = None,
    by: Annotated[_By, typer.Option(help="A line for each of these.")] = "model",
    as_json: _Json = False,
) -> None:
    """Show what calls brought, what they cost us, and how many cost what nobody knows."""
    from waystation.house.pricing import prices

    with telling(), prices(settings_with()) as desk:
        end = desk.at if until is None else _start(until, desk.at)
        found = desk.margins(by, since=_start(since, desk.at), until=end)
        if as_json:
            typer.echo(_encoded([msgspec.structs.asdict(one) | {"margin": one.margin} for one in found]))
            return
        for one in found:
            typer.echo(_margin_line(one))


def _price(currency: str, rates: list[str]) -> Price:
    """Raises: Misconfigured."""
    from pydantic import ValidationError

    from waystation.manifest.price_entries import PriceEntry, price_of

    amounts = dict(rate.partition("=")[::2] for rate in rates)
    strange = [name for name in amounts if name not in RATES]
    if strange:
        raise Misconfigured(f"there is no rate {strange[0]!r}; there are: {', '.join(RATES)}")
    try:
        return price_of(PriceEntry.model_validate({"currency": currency, "input": "0", "output": "0"} | amounts))
    except ValidationError as error:
        where = error.errors(include_url=False)[0]["loc"][0]
        raise Misconfigured(f"{where}: expected a currency such as USD, and amounts such as input=2.50") from error


def _exchange_rate(text: str, starts_at: int, source: str | None) -> ExchangeRate:
    from waystation.wire.money import nanos_of

    pair, _, amount = text.partition("=")
    base, _, quote = pair.partition("/")
    try:
        nanos = nanos_of(amount)
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no exchange rate such as USD/CNY=7.12") from error
    if not (len(base) == len(quote) == 3 and base != quote and nanos > 0):
        raise Misconfigured(f"{text!r} is no exchange rate such as USD/CNY=7.12")
    return ExchangeRate(number=0, starts_at=starts_at, base=base, quote=quote, nanos=nanos, source=source)


def _start(text: str | None, now: float) -> int:
    if text is None:
        return int(now)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no date or time, as in 2026-12-01 or 2026-12-01T08:00:00+08:00") from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _print_differences(desk: "PriceDesk", number: int) -> None:
    for one in desk.differences(number):
        percent = "" if one.percent is None else f"  {one.percent}"
        starts = f"  from {_time(one.starts_at)}" if one.starts_at else ""
        typer.echo(f"{one.price}  {one.field}: {one.before or 'none'} -> {one.after or 'none'}{percent}{starts}")


def _title(proposal: "Proposal") -> str:
    made = _time(proposal.made_at)
    return f"{proposal.number}  {made}  {proposal.origin}  {len(proposal.versions)} prices, {len(proposal.notes)} notes"


def _line(version: PriceVersion) -> str:
    from waystation.manifest.bookings import named

    price = version.price
    tiers = f"  {len(price.tiers)} tiers" if price.tiers else ""
    usual = f"{decimal_of(price.input)} in, {decimal_of(price.output)} out {price.currency}"
    number = f"  #{version.number}" if version.number else ""  # one that is just booked gets its own
    return f"{named(version)}{number}  from {_time(version.starts_at)}  {usual}{tiers}"


def _rates(version: PriceVersion) -> list[str]:
    from waystation.manifest.facets import price_facets

    lines = [_line(version)]
    lines += [f"  {name}: {amount}" for name, amount in price_facets(version.price).items()]
    return lines + [f"  source: {version.source}" for _ in (1,) if version.source is not None]


def _margin_line(one: "Margin") -> str:
    known = _moneys(one.margin) or "unknown"
    line = f"{one.key}  {one.calls} calls  revenue {_moneys(one.revenue)}  cost {_moneys(one.cost) or 'unknown'}"
    return f"{line}  margin {known}  {one.calls_without_cost} without a known cost"


def _moneys(sums: dict[str, int]) -> str:
    return " + ".join(f"{decimal_of(nanos)} {currency}" for currency, nanos in sums.items())


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
