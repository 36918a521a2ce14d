"""`waystation calls`: the call records, newest first; one of them whole; and files of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of

if TYPE_CHECKING:
    from waystation.wire.record import CallRecord

_OutcomeName = Literal["ok", "refused", "caller_gone", "failed", "cut"]

app = typer.Typer(help="List calls, newest first: who asked what of which model, how it went, what it cost.")


@app.callback(invoke_without_command=True)
def calls(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="From this date or time on (UTC, ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this date or time.")] = None,
    organization: Annotated[str | None, typer.Option(help="Of this organization (id).")] = None,
    department: Annotated[str | None, typer.Option(help="Of this department (id), not of those below it.")] = None,
    project: Annotated[str | None, typer.Option(help="Of this project (id).")] = None,
    member: Annotated[str | None, typer.Option(help="Of this member (id).")] = None,
    token: Annotated[str | None, typer.Option(help="Of this sub-token (id).")] = None,
    tag: Annotated[str | None, typer.Option(help="With this tag.")] = None,
    model: Annotated[str | None, typer.Option(help="Of this public model.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Answered by this upstream.")] = None,
    outcome: Annotated[_OutcomeName | None, typer.Option(help="With this outcome.")] = None,
    before: Annotated[str | None, typer.Option(help="Older than this call (id): the next page.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, with everything.")] = False,
) -> None:
    """List calls, newest first: who asked what of which model, how it went, what it cost. Never any text."""
    if context.invoked_subcommand is not None:
        return
    from waystation.house import CallFilter, read_calls

    with telling():
        wanted = CallFilter(
            since=_seconds(since),
            until=_seconds(until),
            organization_id=organization,
            department_id=department,
            project_id=project,
            member_id=member,
            token_id=token,
            tag=tag,
            model=model,
            upstream=upstream,
            outcome=outcome,
            before=before,
            limit=limit,
        )
        for call in read_calls(settings_with(), wanted):
            typer.echo(_json(call) if as_json else _line(call))


@app.command()
def show(
    call_id: Annotated[str, typer.Argument(help="The call's id, which its answer had as x-request-id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on one line.")] = False,
) -> None:
    """Print everything that is recorded of one call."""
    from waystation.house.call_log import read_call

    with telling():
        record = _json(read_call(settings_with(), call_id))
        typer.echo(record if as_json else msgspec.json.format(record))


@app.command()
def export(
    before: Annotated[str, typer.Option(help="The days before this date (UTC).")],
    to: Annotated[Path, typer.Option(help="The folder. Days that it has already are left out.")],
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="JSON lines, or CSV; both gzipped.")
    ] = "jsonl",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file.")] = False,
) -> None:
    """Write the records to files, one for each day, with their row counts and SHA-256 in manifest.json."""
    from waystation.house.call_log import export_calls

    with telling():
        until = _seconds(before)
        assert until is not None
        for file in export_calls(settings_with(), until, to, form):
            line = f"{file.name}  {file.rows} calls  {file.bytes} bytes  sha256 {file.sha256}"
            typer.echo(msgspec.json.encode(file).decode() if as_json else line)


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="A folder of exported files.")]) -> None:
    """Compare exported files with their manifest; exit with 1 if one is missing or was changed."""
    from waystation.house.call_log import check_exports

    wrong = check_exports(folder)
    typer.echo("\n".join(wrong) or "every file is as it was written")
    if wrong:
        raise typer.Exit(1)


def _json(call: "CallRecord") -> str:
    """With every field, also those that are kept only if they say something."""
    return msgspec.json.encode(msgspec.structs.asdict(call)).decode()


def _line(call: "CallRecord") -> str:
    at = datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    tokens = "-" if call.usage is None else f"{call.usage.input_tokens}+{call.usage.output_tokens}"
    cost = f"{decimal_of(call.amount_nanos)} {call.currency or ''}{'~' if call.estimated else ''}"
    attempts = " > ".join(f"{attempt.upstream}:{attempt.fault or 'ok'}" for attempt in call.attempts)
    losses = f"  lost {', '.join(loss.field for loss in call.losses)}" if call.losses else ""
    result = f"{call.outcome} {call.status}"
    model = call.request_model if call.model is None else f"{call.request_model} ({call.model})"
    return f"{at}  {call.call_id}  {model}  {result}  {tokens}  {cost}  {attempts}{losses}"


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no date or time, as in 2026-11-23 or 2026-11-23T08:00:00+08:00") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
