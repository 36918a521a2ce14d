"""`waystation budget`: ceilings on what is spent, at any level."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from waystation.cli.spent import line, row
from waystation.cli.telling import settings_with, telling
from waystation.wire.money import Money

app = typer.Typer(help="Show, set and remove budgets.", no_args_is_help=True)

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Path = Annotated[str, typer.Argument(help='Whose: "acme", "acme/R&D/Platform", "acme/alice", "acme/ci".')]


@app.command("list")
def list_(
    path: Annotated[str | None, typer.Argument(help="Of it and below it only.")] = None, as_json: _AsJson = False
) -> None:
    """Print budgets with what is spent, held and left in the windows that are open."""
    from waystation.house import read_tenants

    with telling():
        for tenant in read_tenants(settings_with(), path):
            for spending in tenant.spendings:
                text = msgspec.json.encode(row(spending)).decode() if as_json else f"{spending.owner}  {line(spending)}"
                typer.echo(text)


@app.command("set")
def set_(
    path: _Path,
    amount: Annotated[str, typer.Argument(help='Such as "100 CNY".')],
    period: Annotated[str, typer.Option(help="day, week, month, total or custom.")] = "total",
    soft: Annotated[bool, typer.Option("--soft", help="Only count, never refuse.")] = False,
    alert: Annotated[list[int] | None, typer.Option(help="Tell at so many percents; again for more.")] = None,
    starts: Annotated[str | None, typer.Option(help="The first day of a custom period.")] = None,
    every: Annotated[str | None, typer.Option(help='Its length, such as "14 days" or "3 months".')] = None,
    ends: Annotated[str | None, typer.Option(help="The last day of a custom period.")] = None,
    as_json: _AsJson = False,
) -> None:
    """Give it a budget, in place of the one of the same period and currency if there is one."""
    from waystation.house import by_hand
    from waystation.manifest.facets import budget_text

    given: dict[str, object] = {"starts": starts, "every": every, "ends": ends}
    fields = {"amount": amount, "period": period, "hard": not soft, "alerts": alert or []}
    fields |= {name: value for name, value in given.items() if value is not None}
    with telling(), by_hand(settings_with()) as hand:
        budget = hand.set_budget(path, fields)
        typer.echo(msgspec.json.encode(budget).decode() if as_json else f"{path} has {budget_text(budget)}")


@app.command()
def remove(
    path: _Path,
    period: Annotated[str | None, typer.Option(help="Which, if it has several.")] = None,
    currency: Annotated[str | None, typer.Option(help="Which, if it has several.")] = None,
    as_json: _AsJson = False,
) -> None:
    """Take a budget away. What was spent of it stays in the books."""
    from waystation.house import by_hand
    from waystation.manifest.facets import budget_text

    with telling(), by_hand(settings_with()) as hand:
        budget = hand.remove_budget(path, period=period, currency=currency)
        typer.echo(msgspec.json.encode(budget).decode() if as_json else f"{path} has no more {budget_text(budget)}")


@app.command()
def alerts(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Print which budgets came to one of their thresholds, and when; the newest first."""
    from waystation.house import read_budget_alerts

    with telling():
        for alert in read_budget_alerts(settings_with(), limit=limit):
            at = datetime.fromtimestamp(alert.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            money = Money(alert.amount_nanos, alert.currency)
            text = f"{at}  {alert.owner}  {alert.threshold} % of {money} ({alert.period})"
            typer.echo(msgspec.json.encode(alert).decode() if as_json else text)
