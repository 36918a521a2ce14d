"""`waystation key`: the keys that upstreams are asked with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling

if TYPE_CHECKING:
    from waystation.manifest.key_hand import Imported
    from waystation.wire.catalogue import Upstream, UpstreamKey

app = typer.Typer(help="Import, list, disable and enable upstreams' keys.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A key on each line; lines that begin with # are comments.")],
    upstream: Annotated[str, typer.Option(help="Whose keys they are.")],
    group: Annotated[str | None, typer.Option(help="The vendor account whose limits all of them share.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Add a file's keys to an upstream: all of them or, if a line is no key, none."""
    from waystation.house import keys_by_hand

    with telling(), keys_by_hand(settings_with()) as hand:
        imported = hand.import_keys(file, upstream, group)
        if as_json:
            typer.echo(msgspec.json.encode(_imported_row(imported)).decode())
        else:
            typer.echo("\n".join(_imported_lines(imported)))


@app.command("list")
def list_(
    upstream: Annotated[str | None, typer.Option(help="Only this upstream's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Print the keys by their fingerprints, never themselves. How each fares is in the log and in /metrics."""
    from waystation.house import keys_by_hand

    with telling(), keys_by_hand(settings_with()) as hand:
        for of, key in hand.list_keys(upstream):
            typer.echo(msgspec.json.encode(_row(of, key)).decode() if as_json else _line(of, key))


@app.command()
def disable(key: Annotated[str, typer.Argument(help="An id, a fingerprint, or upstream/fingerprint.")]) -> None:
    """Lend a key no more, until it is enabled. Calls under way with it go on."""
    _disable(key, disabled=True)


@app.command()
def enable(key: Annotated[str, typer.Argument(help="An id, a fingerprint, or upstream/fingerprint.")]) -> None:
    """Lend a key again."""
    _disable(key, disabled=False)


def _disable(key: str, *, disabled: bool) -> None:
    from waystation.house import keys_by_hand

    with telling(), keys_by_hand(settings_with()) as hand:
        upstream, changed = hand.disable(key, disabled=disabled)
        typer.echo(f"{upstream.name}/{changed.fingerprint} is {'disabled' if disabled else 'enabled'}")


def _row(upstream: "Upstream", key: "UpstreamKey") -> dict[str, object]:
    return {
        "id": key.id,
        "upstream": upstream.name,
        "fingerprint": key.fingerprint,
        "group": key.group,
        "disabled": key.disabled,
    }


def _line(upstream: "Upstream", key: "UpstreamKey") -> str:
    parts = [key.id, f"{upstream.name}/{key.fingerprint}"]
    parts += [] if key.group is None else [f"group {key.group}"]
    return "  ".join([*parts, "DISABLED"] if key.disabled else parts)


def _imported_row(imported: "Imported") -> dict[str, object]:
    return {
        "upstream": imported.upstream,
        "imported": len(imported.added),
        "known_already": imported.known,
        "duplicate_lines": imported.file.again,
        "blank_lines": imported.file.blank,
    }


def _imported_lines(imported: "Imported") -> list[str]:
    from waystation.manifest.keys_file import lines_text

    lines = [f"{len(imported.added)} keys imported into {imported.upstream}"]
    if imported.known:
        lines.append(f"{imported.known} were there already")
    if imported.file.again:
        lines.append(f"the same as one before: {lines_text(imported.file.again)}")
    if imported.file.blank:
        lines.append(f"blank: {lines_text(imported.file.blank)}")
    return lines
