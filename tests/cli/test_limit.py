import json
from pathlib import Path

import pytest

from tests.cli.world import Run
from tests.manifest.test_by_hand import LIMITED


@pytest.fixture
def acme(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "tree.yaml").write_text(LIMITED)
    run("apply", str(tmp_path / "tree.yaml"))
    return run


def test_a_limit_is_set_listed_and_removed(acme: Run) -> None:
    words = ("acme/研发/工具", "--rpm", "60", "--tpm", "1000", "--concurrency", "5", "--queue", "3", "--queue-s", "7")
    said = "60 requests a minute, 1000 tokens a minute, 5 at once, 3 waiting up to 7 s"
    assert acme("limit", "set", *words).output == f"acme/研发/工具 has {said}\n"
    acme("limit", "set", "acme/研发/工具", "--rpm", "6", "--model", "m")
    acme("limit", "set", "model:m", "--tpm", "9")
    assert acme("limit", "list").output.splitlines() == [
        f"department:acme/研发/工具  {said}",
        "department:acme/研发/工具  6 requests a minute for m",
        "model:m  9 tokens a minute",
    ]
    assert len(acme("limit", "list", "acme/研发").output.splitlines()) == 2
    assert acme("limit", "remove", "acme/研发/工具", "--model", "m").output == (
        "acme/研发/工具 has no more 6 requests a minute for m\n"
    )
    assert acme("limit", "list", "acme/研发/工具").output == f"department:acme/研发/工具  {said}\n"


def test_json_tells_what_was_set_listed_and_removed(acme: Run) -> None:
    row = {"rpm": 6, "tpm": None, "concurrency": None, "queue": 0, "queue_s": 0, "model": "m"}
    assert json.loads(acme("limit", "set", "acme", "--rpm", "6", "--model", "m", "--json").output) == {
        "owner": "acme",
        **row,
    }
    assert json.loads(acme("limit", "list", "--json").output) == {"owner": "organization:acme", **row}
    assert json.loads(acme("limit", "remove", "acme", "--model", "m", "--json").output) == {"owner": "acme", **row}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "acme"), "limits nothing: give rpm, tpm or concurrency"),
        (("set", "acme", "--rpm", "0"), "rpm: expected an integer from 1"),
        (("set", "acme", "--concurrency", "1", "--queue", "1", "--queue-s", "61"), "queue_s: expected for how many"),
        (("set", "acme/研法", "--rpm", "1"), "did you mean 'acme/研发'?"),
        (("set", "acme", "--rpm", "1", "--model", "nope"), "there is no model 'nope'"),
        (("remove", "acme"), "'acme' has no limit for all models"),
        (("list", "nope"), "there is no 'nope'"),
    ],
)
def test_what_can_t_be_is_told(acme: Run, words: tuple[str, ...], said: str) -> None:
    assert said in acme("limit", *words).output


def test_a_token_is_made_with_a_limit(acme: Run) -> None:
    acme("token", "create", "acme", "laptop", "--rpm", "6", "--tpm", "7", "--concurrency", "8")
    assert acme("limit", "list", "acme/laptop").output == (
        "token:acme/laptop  6 requests a minute, 7 tokens a minute, 8 at once\n"
    )
    assert "needs a limit with rpm 6 at most" in acme("token", "create", "acme", "x", "--as", "acme/laptop").output
