"""`waystation route`: where calls go, and why."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.dialect import Dialect
from waystation.wire.errors import Misconfigured

if TYPE_CHECKING:
    from waystation.house.routes import Explained
    from waystation.relay.explaining import Explanation, KeyTold, RouteTold

app = typer.Typer(help="Show where calls go.", no_args_is_help=True)


@app.callback()
def _only_with_a_command() -> None:
    pass


@app.command()
def explain(
    model: Annotated[str, typer.Option(help="The model, as callers name it.")],
    token: Annotated[str | None, typer.Option(help="A sub-token's name or id, or organization/name.")] = None,
    dialect: Annotated[str, typer.Option(help="The caller's language.")] = "openai.chat",
    session: Annotated[str | None, typer.Option(help="What the caller names its session, or its cache key.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell in which order a call that comes now would try its routes, and what stands in their way.

    The gateway that runs on this machine with these settings is asked for what it knows of keys and routes. If none
    runs, the catalogue alone is told.
    """
    from waystation.house import explain_route
    from waystation.relay.explaining import Question

    with telling():
        if dialect not in get_args(Dialect):
            raise Misconfigured(f"there is no language {dialect!r}; there are: {', '.join(get_args(Dialect))}")
        question = Question(model=model, dialect=dialect, session=session)  # type: ignore[arg-type]  # it is one
        explained = explain_route(settings_with(), question, token)
        if as_json:
            typer.echo(msgspec.json.encode(explained.explanation).decode())
        else:
            typer.echo("\n".join(_lines(explained)))


def _lines(explained: "Explained") -> Iterator[str]:
    told = explained.explanation
    if not told.live:
        yield f"No gateway answers at {explained.address}: this is the catalogue alone, without how keys and routes do."
    yield f"{told.model}: {_order(told)}; catalogue revision {told.revision}"
    taken = next((route for route in told.routes if _takes(route)), None)
    for priority, routes in groupby(sorted(told.routes, key=lambda one: one.priority), lambda one: one.priority):
        yield f"priority {priority}"
        for route in sorted(routes, key=lambda one: (one.place is None, one.place)):
            yield from _route(route, taken=route is taken)


def _order(told: "Explanation") -> str:
    words = [told.strategy.replace("_", " ")]
    if told.strategy == "sticky":
        words.append("a session of this name" if told.session else "no session is named, so by weight")
    if told.drawn:
        words.append("drawn for this answer, and anew for each call")
    return ", ".join(words)


def _takes(route: "RouteTold") -> bool:
    """Whether a call that comes here is sent."""
    return route.place is not None and (route.why is None or (route.breaker is not None and route.ready_in_s == 0))


def _route(route: "RouteTold", *, taken: bool) -> Iterator[str]:
    number = "-" if route.place is None else f"{route.place}."
    said = route.why if not taken else "takes the call" + (f", though {route.why}" if route.why else "")
    yield f"  {number:<3} {route.upstream}/{route.model}" + (f": {said}" if said else "")
    figures = _figures(route)
    if figures:
        yield f"      {figures}"
    if route.breaker is not None:
        wait = f" for another {route.breaker.wait_s:.0f} s" if route.breaker.wait_s else ""
        yield f"      breaker {route.breaker.state.replace('_', ' ')}{wait}: {route.breaker.cause}"
    yield f"      keys: {', '.join(f'{count} {state}' for state, count in sorted(route.keys.items())) or 'none'}"
    for key in route.benched:
        yield f"        {_key(key)}"
    untold = sum(count for state, count in route.keys.items() if state != "ready") - len(route.benched)
    if untold:
        yield f"        and {untold} more"


def _figures(route: "RouteTold") -> str:
    parts = [f"weight {route.weight}"]
    if route.in_flight is not None:
        parts.append(f"{route.in_flight} calls under way")
    if route.first_chunk_s is not None:
        parts.append(f"first chunk after {route.first_chunk_s:.2f} s")
    if route.tokens_per_s is not None:
        parts.append(f"{route.tokens_per_s:.0f} tokens/s")
    if route.failed_share is not None:
        parts.append(f"{100 * route.failed_share:.1f} % failed")
    return ", ".join(parts)


def _key(key: "KeyTold") -> str:
    if key.state == "disabled":
        return f"{key.fingerprint} disabled by hand"
    wait = "until that is known" if key.wait_s is None else f"for another {key.wait_s:.0f} s" if key.wait_s else "now"
    return f"{key.fingerprint} {key.state} {wait}: {key.cause}"
