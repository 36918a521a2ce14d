import asyncio
from pathlib import Path

from tests.cli.test_ledger import started_once
from tests.cli.world import Run, applied


def test_without_data_it_says_what_to_do(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "waystation apply FILE" in result.output


def test_an_upstream_that_does_not_answer_is_found(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    started_once(tmp_path)
    result = run("doctor")
    assert result.exit_code == 1
    assert "BAD  upstream 'main'" in result.output
    assert "ok   ledger: verified" in result.output
    assert "sk-upstream-secret-1" not in result.output


def test_a_healthy_house_passes(run: Run, tmp_path: Path) -> None:
    from tests.cli.world import MANIFEST
    from waystation.demo.upstream import DemoUpstream

    async def check() -> tuple[int, str]:
        async with DemoUpstream() as upstream:
            applied(run, tmp_path, MANIFEST.replace("http://127.0.0.1:9/v1", upstream.base_url))
            await asyncio.to_thread(started_once, tmp_path)
            result = await asyncio.to_thread(run, "doctor")
            return result.exit_code, result.output

    status, output = asyncio.run(check())
    assert "answered 200" in output
    assert status == 0
