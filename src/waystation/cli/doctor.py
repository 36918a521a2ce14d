"""`waystation doctor`: what is wrong, before somebody notices."""

import typer

from waystation.cli.telling import settings_with, telling


def doctor() -> None:
    """Check the settings, the databases, the ledger, and every upstream with each of its keys (it lists models)."""
    from waystation.house import examine

    with telling():
        findings = examine(settings_with())
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.subject}: {finding.words}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)
