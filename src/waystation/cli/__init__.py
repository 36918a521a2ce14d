"""The command line: each file a command or a family. Servers are imported inside, so that `--version` is quick."""

from typing import Annotated

import typer

from waystation import __version__
from waystation.cli import (
    backup,
    bench,
    budget,
    calls,
    copy,
    demo,
    doctor,
    key,
    ledger,
    limit,
    manifest,
    migrate,
    money,
    price,
    reconcile,
    retention,
    route,
    serve,
    statement,
    tenant,
    token,
    transform,
    upstream,
    usage,
    worker,
)

app = typer.Typer(
    name="waystation",
    help="A relay for large-model APIs: one gateway between your programs and every model vendor.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"waystation {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version_asked: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.command("apply")(manifest.apply)
app.command("export")(manifest.export)
app.add_typer(token.app, name="token")
app.add_typer(key.app, name="key")
app.add_typer(tenant.app, name="tenant")
app.add_typer(upstream.app, name="upstream")
app.add_typer(route.app, name="route")
app.add_typer(budget.app, name="budget")
app.add_typer(limit.app, name="limit")
app.add_typer(calls.app, name="calls")
app.command("usage")(usage.usage)
app.add_typer(retention.app, name="retention")
app.add_typer(ledger.app, name="ledger")
app.add_typer(money.app, name="money")
app.command("statement")(statement.statement)
app.command("backup")(backup.backup)
app.add_typer(reconcile.app, name="reconcile")
app.command("copy")(copy.copy)
app.add_typer(price.app, name="price")
app.command("transform")(transform.transform)
app.command("doctor")(doctor.doctor)
app.command("demo-upstream")(demo.demo_upstream)
app.command("bench")(bench.bench)
app.command("worker", hidden=True)(worker.worker)


def main() -> None:
    """The console script `waystation`."""
    app()
