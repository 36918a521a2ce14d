"""`waystation usage`: calls, tokens and money, by anything, over time."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of

if TYPE_CHECKING:
    from waystation.house.usage import Dimension, Grain, UsageQuery, UsageRow

_DIMENSIONS: Final[dict[str, "Dimension"]] = {
    "organization": "organization_id",
    "department": "department_id",
    "project": "project_id",
    "member": "member_id",
    "token": "token_id",
    "model": "request_model",
    "upstream": "upstream",
    "dialect": "dialect",
    "outcome": "outcome",
}
_FORMATS: Final[dict["Grain | None", str]] = {None: "", "hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "month": "%Y-%m"}


def usage(
    by: Annotated[str, typer.Option(help=f"Split by these, with commas: {', '.join(_DIMENSIONS)}.")] = "",
    grain: Annotated[Literal["hour", "day", "month"] | None, typer.Option(help="Split by time too.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From this date on (or time, with --zone). Default: this month.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before this date. Default: to the end.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="One time zone for all, such as Asia/Shanghai. Default: each organization's own.")
    ] = None,
    organization: Annotated[list[str] | None, typer.Option(help="Only of this one (id). May be repeated.")] = None,
    department: Annotated[list[str] | None, typer.Option(help="The same for a department.")] = None,
    project: Annotated[list[str] | None, typer.Option(help="For a project.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="For a member.")] = None,
    token: Annotated[list[str] | None, typer.Option(help="For a sub-token.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="For a public model.")] = None,
    upstream: Annotated[list[str] | None, typer.Option(help="For an upstream (name).")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="For an outcome: ok, refused, failed, cut ...")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Only so many of each time.")] = None,
    order: Annotated[
        Literal["calls", "tokens", "amount", "cost"], typer.Option(help="The most of this first.")
    ] = "calls",
    latency: Annotated[bool, typer.Option("--latency", help="How long calls lasted, too.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Beside the period before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Sum up what was used. Quick for any number of calls: sums are kept by hour and day, also when records go."""
    from waystation.house.usage import UsageQuery, read_usage

    chosen = {
        "organization": organization,
        "department": department,
        "project": project,
        "member": member,
        "token": token,
        "model": model,
        "upstream": upstream,
        "outcome": outcome,
    }
    with telling():
        if compare and grain is not None:
            raise Misconfigured("--compare sets whole periods side by side: leave --grain out")
        here = _zone(zone, grain)
        query = UsageQuery(
            since=_moment(since, here) if since else _this_month(here),
            until=_moment(until, here) if until else _tomorrow(here),
            by=tuple(_dimension(name) for name in by.split(",") if name),
            grain=grain,
            zone=None if here is None else here.key,
            where=tuple((_DIMENSIONS[name], value) for name, values in chosen.items() for value in values or ()),
            durations=latency,
            top=top,
            order=order,
        )
        rows, before = read_usage(settings_with(), query, compared=compare)
        _print(_listed(rows, before, query, compare=compare), as_json=as_json, as_csv=as_csv)


def _print(lines: Iterator[dict[str, object]], *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        for line in lines:
            typer.echo(msgspec.json.encode(line).decode())
        return
    table = list(lines)
    if not table:
        typer.echo("nothing was used", err=True)
        return
    rows = [list(table[0]), *([_cell(value) for value in line.values()] for line in table)]
    if as_csv:
        csv.writer(sys.stdout).writerows(rows)
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _listed(
    rows: Sequence["UsageRow"], before: Sequence["UsageRow"], query: "UsageQuery", *, compare: bool
) -> Iterator[dict[str, object]]:
    earlier = {row.key: row for row in before}
    names = [name for dimension in query.by for name, column in _DIMENSIONS.items() if column == dimension]
    for row in rows:
        line: dict[str, object] = {}
        if query.grain is not None:
            line[query.grain] = datetime.fromtimestamp(row.at, UTC).strftime(_FORMATS[query.grain])
        line |= dict(zip(names, row.key, strict=True))
        line |= _measures(row, latency=query.durations)
        if compare:
            line |= _compared(earlier.pop(row.key, None))
        yield line


def _measures(row: "UsageRow", *, latency: bool) -> dict[str, object]:
    said: dict[str, object] = {
        "calls": row.calls,
        "input_tokens": row.input_tokens,
        "cache_read": row.cache_read_input_tokens,
        "output_tokens": row.output_tokens,
        "reasoning": row.reasoning_output_tokens,
        "estimated": row.estimated,
        "amount": _money(row.amounts),
        "cost": _money(row.costs),
    }
    if latency:
        said |= {"p50_ms": row.p50_ms, "p95_ms": row.p95_ms, "first_chunk_ms": row.first_chunk_ms}
    return said


def _compared(row: "UsageRow | None") -> dict[str, object]:
    if row is None:
        return {"calls_before": 0, "tokens_before": 0, "amount_before": {}}
    tokens = row.input_tokens + row.output_tokens
    return {"calls_before": row.calls, "tokens_before": tokens, "amount_before": _money(row.amounts)}


def _money(nanos: dict[str, int]) -> dict[str, str]:
    return {currency: decimal_of(amount) for currency, amount in sorted(nanos.items())}


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return " + ".join(f"{amount} {currency}" for currency, amount in value.items())
    return "" if value is None else str(value)


def _dimension(name: str) -> "Dimension":
    try:
        return _DIMENSIONS[name.strip()]
    except KeyError:
        raise Misconfigured(f"--by {name!r} is none of {', '.join(_DIMENSIONS)}") from None


def _zone(name: str | None, grain: str | None) -> ZoneInfo | None:
    """Hours are of one zone."""
    if name is None:
        return ZoneInfo("UTC") if grain == "hour" else None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Misconfigured(f"--zone {name!r} is no time zone, such as Asia/Shanghai") from None


def _moment(text: str, zone: ZoneInfo | None) -> float:
    """A date is its midnight in the zone. Without one only dates make sense: each organization has its own."""
    try:
        if zone is None:
            return _midnight(date.fromisoformat(text), UTC)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "" if zone else " (a time asks for --zone)"
        raise Misconfigured(f"{text!r} is no date, as in 2026-11-23{hint}") from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def _this_month(zone: tzinfo | None) -> float:
    return _midnight(datetime.now(zone or UTC).date().replace(day=1), zone or UTC)


def _tomorrow(zone: tzinfo | None) -> float:
    """Two days on, so that it is over everywhere."""
    return _midnight(date.fromordinal(datetime.now(zone or UTC).date().toordinal() + 2), zone or UTC)


def _midnight(day: date, zone: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
