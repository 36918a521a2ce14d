"""A worker as a process, with this test for its supervisor. With a real one: tests/e2e/test_nodes.py."""

import signal
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.house.world import applied, manifest
from waystation.adapters.workers.child import Child, WorkerEnded
from waystation.adapters.workers.listening import listen


async def test_it_serves_from_the_sockets_that_it_was_given_until_it_is_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = applied(tmp_path, manifest())
    monkeypatch.setenv("WAYSTATION_DATA_DIR", str(settings.data_dir))
    (listener,) = listen("127.0.0.1", 0)
    asked: list[Child] = []
    child = await Child.start((sys.executable, "-m", "waystation", "worker"), [listener], asked.append)
    await child.ready()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
        assert (await client.get("/readyz")).status_code == 200
    await child.count()
    assert child.counts is not None
    child.signal(signal.SIGHUP)  # which is for the supervisor
    child.signal(signal.SIGTERM)
    assert await child.ended() == 0
    assert (settings.data_dir / "workers" / "1").is_dir()
    listener.close()


async def test_one_that_can_t_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("WAYSTATION_DATA_DIR", str(tmp_path / "data"))
    (listener,) = listen("127.0.0.1", 0)
    command = (sys.executable, "-m", "waystation", "worker")
    child = await Child.start(command, [listener], lambda _: None)
    with pytest.raises(WorkerEnded, match="with status 1"):
        await child.ready()
    await child.ended()
    listener.close()
