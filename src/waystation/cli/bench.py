"""`waystation bench`: your own load test, against any gateway."""

from typing import Annotated

import typer


def bench(
    url: Annotated[str, typer.Option(help="Base URL, as a client would be given it: http://127.0.0.1:8080/v1")],
    token: Annotated[str, typer.Option(envvar="WAYSTATION_TOKEN", help="A sub-token.")],
    model: Annotated[str, typer.Option(help="The model to ask.")],
    stream: Annotated[bool, typer.Option(help="Ask for streams.")] = False,
    dialect: Annotated[str, typer.Option(help="openai.chat or anthropic.messages.")] = "openai.chat",
    calls: Annotated[int, typer.Option(help="End after this many calls …")] = 1_000,
    seconds: Annotated[float, typer.Option(help="… or after this many seconds, whichever comes first.")] = 30.0,
    concurrency: Annotated[int, typer.Option(help="Callers at once.")] = 16,
    rate: Annotated[
        float | None, typer.Option(help="Calls per second on a fixed beat, instead of as fast as it goes.")
    ] = None,
    body_bytes: Annotated[int, typer.Option(help="About the size of a request body.")] = 1_024,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure a gateway: calls per second, latency, time to first chunk, gaps between chunks. It costs real calls."""
    from waystation import bench as load

    try:
        options = load.Options(
            url=url,
            token=token,
            model=model,
            stream=stream,
            dialect=dialect,  # type: ignore[arg-type]  # checked there
            calls=calls,
            seconds=seconds,
            concurrency=concurrency,
            rate=rate,
            body_bytes=body_bytes,
        )
    except load.BadOptions as error:
        raise typer.BadParameter(str(error)) from error
    report = load.run(options)
    typer.echo(load.as_json(report) if as_json else load.as_table(report))
    if report.failed:
        raise typer.Exit(1)
