"""`waystation demo-upstream`: a vendor of every language that needs no account, and fails on request."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from waystation.demo.settings import DemoSettings


def demo_upstream(
    host: Annotated[str, typer.Option(help="Listen here.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Listen here; 0 for any free port.")] = 9001,
    keys: Annotated[str, typer.Option(help="The keys that it knows, with commas between; none: any key will do.")] = "",
    latency: Annotated[float, typer.Option(help="Seconds of silence before the first byte.")] = 0.0,
    chunks: Annotated[int, typer.Option(help="Content chunks in a stream; 0: one for each token.")] = 0,
    chunk_gap: Annotated[float, typer.Option(help="Seconds between two chunks.")] = 0.0,
    fault: Annotated[str | None, typer.Option(help="Fail in this way: NAME or NAME=AMOUNT. See --faults.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="List the faults and end.")] = False,
) -> None:
    """Run an upstream of your own (OpenAI, Anthropic, Gemini, Cohere), to try the gateway without any vendor."""
    from waystation.demo.faults import listing
    from waystation.demo.settings import DemoSettings

    if faults:
        typer.echo("\n".join(listing()))
        return
    known = tuple(key for key in keys.split(",") if key)
    try:
        settings = DemoSettings(keys=known, latency_s=latency, chunks=chunks, chunk_gap_s=chunk_gap, fault=fault)
        asyncio.run(_serve(settings, host, port))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        typer.echo(f"error: can't listen on {host}:{port}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("stopped")


async def _serve(settings: "DemoSettings", host: str, port: int) -> None:
    from waystation.demo.upstream import DemoUpstream

    upstream = DemoUpstream(settings)
    await upstream.start(host, port)
    typer.echo(f"demo upstream on {upstream.base_url}")
    try:
        await asyncio.Event().wait()
    finally:
        await upstream.stop()
