"""`waystation statement`."""

import json
from pathlib import Path

from tests.cli.world import Run, applied


def test_a_statement_is_printed_or_written(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    whole = run("statement", "acme", "--since", "2020-01-01", "--until", "2037-01-01")
    assert "opening_credit" in whole.output
    assert "100.00 USD" in whole.output
    made = json.loads(run("statement", "acme", "2037-01", "--json").output)
    assert made["figures"][0]["opening"] == 100 * 10**9
    out = tmp_path / "a.xlsx"
    assert run("statement", "acme", "2020-01", "--out", str(out), "--calls").exit_code == 0
    assert out.exists()
    assert run("statement", "acme", "2020-01", "--model", "m").exit_code == 0


def test_mistakes_are_told(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    for words in (
        (),
        ("2020-01", "--since", "2020-01-01"),
        ("--since", "2020-01-01"),
        ("--since", "soon", "--until", "2020-01-01"),
        ("2020-01", "--model", "m", "--token", "ci"),
        ("2020-01", "--project", "none"),
    ):
        result = run("statement", "acme", *words)
        assert result.exit_code == 1
        assert "error:" in result.output
