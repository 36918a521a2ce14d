"""`waystation calls`: the call records, newest first."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of

if TYPE_CHECKING:
    from waystation.wire.record import CallRecord

_OutcomeName = Literal["ok", "refused", "caller_gone", "failed", "cut"]


def calls(
    since: Annotated[str | None, typer.Option(help="From this date or time on (UTC, ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this date or time.")] = None,
    token: Annotated[str | None, typer.Option(help="Of this sub-token (id).")] = None,
    organization: Annotated[str | None, typer.Option(help="Of this organization (id).")] = None,
    model: Annotated[str | None, typer.Option(help="Of this public model.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Answered by this upstream.")] = None,
    outcome: Annotated[_OutcomeName | None, typer.Option(help="With this outcome.")] = None,
    before: Annotated[str | None, typer.Option(help="Older than this call (id): the next page.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, with everything.")] = False,
) -> None:
    """List calls, newest first: who asked what of which model, how it went, what it cost. Never any text."""
    from waystation.house import CallFilter, read_calls

    with telling():
        wanted = CallFilter(
            since=_seconds(since),
            until=_seconds(until),
            organization_id=organization,
            token_id=token,
            model=model,
            upstream=upstream,
            outcome=outcome,
            before=before,
            limit=limit,
        )
        for call in read_calls(settings_with(), wanted):
            typer.echo(_json(call) if as_json else _line(call))


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
    return f"{at}  {call.call_id}  {call.request_model}  {result}  {tokens}  {cost}  {attempts}{losses}"


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no date or time, as in 2026-11-23 or 2026-11-23T08:00:00+08:00") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
