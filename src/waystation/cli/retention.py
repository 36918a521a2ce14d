"""`waystation retention`: for how many days call records are kept, and the sums by hour."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured

if TYPE_CHECKING:
    from waystation.house.call_log import Rule

app = typer.Typer(help="Keep call records, and sums by hour, for so many days.", no_args_is_help=True)

_Kind = Annotated[
    Literal["ok", "failed", "refused", "hours"],
    typer.Argument(help="Calls that were answered, that failed, that were refused; or the sums by hour."),
]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False) -> None:
    """Say what is kept for how long."""
    from waystation.house.call_log import read_rules

    with telling():
        for rule in read_rules(settings_with()):
            typer.echo(msgspec.json.encode(rule).decode() if as_json else _line(rule))


@app.command("set")
def set_(
    kind: _Kind,
    days: Annotated[
        int, typer.Argument(min=4, help="How many days, besides today. For three, costs are booked from them.")
    ],
    export_to: Annotated[
        Path | None, typer.Option(help="Write records to files in this folder before they are deleted.")
    ] = None,
) -> None:
    """Keep a kind for so many days. A running gateway deletes what is older, within the hour."""
    from waystation.house.call_log import set_rule

    with telling():
        if kind == "hours" and export_to is not None:
            raise Misconfigured("sums by hour are not exported: `waystation usage --grain hour --csv` prints them")
        folder = None if export_to is None else str(export_to.absolute())
        set_rule(settings_with(), kind, days, folder)
    typer.echo(f"{kind}: kept for {days} days")


@app.command()
def forever(kind: _Kind) -> None:
    """Keep a kind for ever, as at first."""
    from waystation.house.call_log import set_rule

    with telling():
        set_rule(settings_with(), kind, None, None)
    typer.echo(f"{kind}: kept for ever")


@app.command()
def run() -> None:
    """Delete now what is older, a little at a time. A running gateway does so by itself."""
    from waystation.house.call_log import delete_now

    with telling():
        steps = delete_now(settings_with())
    typer.echo(f"done in {steps} steps")


def _line(rule: "Rule") -> str:
    kept = "for ever" if rule.days is None else f"{rule.days} days"
    return f"{rule.kind:8}  {kept}" + (f", then exported to {rule.export_to}" if rule.export_to else "")
