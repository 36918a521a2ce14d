"""What the commands' tests stand on: a data folder, a file to apply, and a runner that sees one line per mistake."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from tests.adapters.sqlite.made import make_all
from waystation.cli import app

SECRET = "cli-token-0123456789-abcdefghij"
MANIFEST = f"""
upstreams:
  - {{name: main, vendor: openai_compatible, base_url: "http://127.0.0.1:9/v1", keys: ["sk-upstream-secret-1"]}}
models:
  - name: m
    routes: [{{upstream: main, model: m-1}}]
    price: {{currency: USD, input: "2.50", output: "10.00"}}
organizations:
  - name: acme
    opening_credit: "100 USD"
    tokens: [{{name: ci, secret: "{SECRET}", models: [m], expires: "2037-01-01"}}]
"""

Run = Callable[..., Result]
_commands = cache(get_command)  # putting all of them together takes longer than most of them do


def runner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the data in `folder`; what a command raises is an error of the test, not a traceback."""
    monkeypatch.setenv("WAYSTATION_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("typer.testing._get_command", _commands)

    def run(*words: str) -> Result:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return run


def applied(run: Run, folder: Path, manifest: str = MANIFEST) -> None:
    make_all(folder / "data")
    path = folder / "manifest.yaml"
    path.write_text(manifest)
    assert run("apply", str(path)).exit_code == 0
