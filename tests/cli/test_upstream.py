import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.world import MANIFEST, Run, applied
from waystation.demo.upstream import DemoSettings, DemoUpstream


@pytest.fixture
def asked(run: Run, tmp_path: Path) -> "Asked":
    return Asked(run, tmp_path)


class Asked:
    """Runs commands while an upstream offers these models."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self._folder = folder

    def __call__(self, *words: str, models: tuple[str, ...] = ("m-1", "m-2")) -> Result:
        return asyncio.run(self._ask(words, models))

    async def _ask(self, words: tuple[str, ...], models: tuple[str, ...]) -> Result:
        async with DemoUpstream(DemoSettings(models=models)) as upstream:
            text = MANIFEST.replace("http://127.0.0.1:9/v1", upstream.base_url)
            await asyncio.to_thread(applied, self._run, self._folder, text)
            return await asyncio.to_thread(self._run, "upstream", "models", "main", *words)


def test_what_is_offered_is_printed_beside_what_is_used(asked: Asked) -> None:
    assert asked().output.splitlines() == [
        "= m-1 (m)",
        "+ m-2",
        "2 offered, 1 not used (+), 0 used but not offered (!)",
    ]
    assert asked(models=("m-2",)).output.splitlines()[0] == "! m-1 (m)"


def test_as_json(asked: Asked) -> None:
    assert json.loads(asked("--json").output) == {
        "upstream": "main",
        "models": [
            {"model": "m-1", "offered": True, "public": ["m"], "output_tokens": None},
            {"model": "m-2", "offered": True, "public": [], "output_tokens": None},
        ],
    }


def test_a_proposal_is_written_to_a_new_file_and_changes_nothing(asked: Asked, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    result = asked("--write", str(path))
    assert (result.exit_code, "proposed in" in result.stderr) == (0, True)
    assert "  - upstream: main\n    model: m-2\n" in path.read_text()
    assert "m-2" not in run("export").output
    before = path.read_text()
    again = asked("--write", str(path))
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    assert path.read_text() == before
    refused = run("apply", str(path))
    assert (refused.exit_code, "give a price" in refused.output) == (1, True)


def test_nothing_to_propose_writes_nothing(asked: Asked, tmp_path: Path) -> None:
    result = asked("--write", str(tmp_path / "new.yaml"), models=("m-1",))
    assert (result.exit_code, "nothing to propose" in result.stderr) == (0, True)
    assert not (tmp_path / "new.yaml").exists()


def test_a_file_that_can_not_be_written_is_told(asked: Asked, tmp_path: Path) -> None:
    result = asked("--write", str(tmp_path / "none" / "new.yaml"))
    assert (result.exit_code, "can't be written" in result.output) == (1, True)


def test_an_upstream_that_does_not_answer_is_told(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    result = run("upstream", "models", "main")
    assert (result.exit_code, "gives no list of models" in result.output) == (1, True)
    assert "sk-upstream-secret-1" not in result.output
