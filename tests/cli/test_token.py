import json
from pathlib import Path

import pytest

from tests.cli.world import MANIFEST, Run, applied
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


def test_a_listed_token_shows_what_it_stands_below_and_is_marked_with(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path, MANIFEST + "    projects: [{name: site}]\n    members: [{name: alice}]\n")
    run("token", "create", "acme", "laptop", "--project", "site", "--member", "alice", "--tag", "night", "--tag", "eu")
    ci, laptop = (json.loads(line) for line in run("token", "list", "--json").output.splitlines())
    assert [ci[name] for name in ("project", "member", "tags")] == [None, None, []]
    assert [laptop[name] for name in ("project", "member", "tags")] == ["site", "alice", ["night", "eu"]]
    run("token", "pause", "laptop")
    first, second = run("token", "list").output.splitlines()
    assert first == f"{ci['id']}  acme/ci  {ci['hint']}  m  expires 2037-01-01T00:00:00Z"
    below = "project site  member alice  tags night, eu"
    assert second == f"{laptop['id']}  acme/laptop  {laptop['hint']}  all models  {below}  PAUSED"


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


def test_a_token_is_made_with_all_that_it_may(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    run("token", "create", "acme", "laptop", "--address", "10.0.0.0/8", "--dialect", "openai.chat", "--tag", "night",
        "--retention", "none")  # fmt: skip
    exported = run("export").output
    assert all(word in exported for word in ("10.0.0.0/8", "openai.chat", "night", "retention: none"))
    refused = run("token", "create", "acme", "more", "--as", "acme/laptop").output
    assert "the token may be used from addresses outside of 10.0.0.0/8" in refused


def test_a_token_is_rotated(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert well_formed(run("token", "rotate", "ci", "--overlap", "24h").output.strip())
    rotated = json.loads(run("token", "rotate", "acme/ci", "--json").output)
    assert well_formed(rotated["secret"])
    assert rotated["old_until"] is not None
    assert "is no length" in run("token", "rotate", "ci", "--overlap", "soon").output


def test_a_token_is_paused_and_resumed(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert "is paused" in run("token", "pause", "ci").output
    assert json.loads(run("token", "list", "--json").output)["paused"]
    assert "is not paused any more" in run("token", "resume", "acme/ci").output
