import json
from pathlib import Path

import pytest

from tests.cli.world import Run, applied
from waystation.identity.token import well_formed


def test_a_created_token_is_shown_once(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    secret = run("token", "create", "acme", "laptop", "--model", "m", "--budget", "10 USD", "--period", "month").output
    assert well_formed(secret.strip())
    listed = run("token", "list", "--json").output
    assert secret.strip() not in listed
    assert [json.loads(line)["name"] for line in listed.splitlines()] == ["ci", "laptop"]


def test_json_tells_the_id_beside_the_secret(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    created = json.loads(run("token", "create", "acme", "laptop", "--json").output)
    assert created["id"].startswith("tok_")
    assert well_formed(created["secret"])


def test_a_revoked_token_is_listed_as_such(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert "is revoked" in run("token", "revoke", "acme/ci").output
    (row,) = (json.loads(line) for line in run("token", "list", "--json").output.splitlines())
    assert row["revoked"] is not None
    assert row["expires"] == "2037-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "nobody", "x"), "nobody"),
        (("create", "acme", "ci"), "already"),
        (("create", "acme", "x", "--model", "unknown"), "unknown"),
        (("create", "acme", "x", "--budget", "ten"), "budget"),
        (("create", "acme", "x", "--budget", "1 USD", "--period", "year"), "period"),
        (("create", "acme", "x", "--expires", "soon"), "expires"),
        (("revoke", "nobody"), "nobody"),
    ],
)
def test_what_can_not_be_done_is_told(run: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    applied(run, tmp_path)
    result = run("token", *words)
    assert result.exit_code == 1
    assert told in result.output
