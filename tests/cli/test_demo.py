import signal
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.cli.world import Run
from waystation.demo.faults import FAULTS


def test_every_fault_is_listed(run: Run) -> None:
    lines = run("demo-upstream", "--faults").output.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(FAULTS)


def test_an_unknown_fault_is_told(run: Run) -> None:
    result = run("demo-upstream", "--fault", "earthquake", "--port", "0")
    assert result.exit_code == 2
    assert "earthquake" in result.output


@pytest.mark.parametrize("words", [("--port", "99999"), ("--latency", "-1"), ("--chunks", "-1"), ("--fault", "500=x")])
def test_a_number_out_of_bounds_is_told(run: Run, words: tuple[str, ...]) -> None:
    assert run("demo-upstream", *words).exit_code == 2


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("demo-upstream", "--port", port)
    assert result.exit_code == 1
    assert f"can't listen on 127.0.0.1:{port}" in result.output


@pytest.mark.parametrize(("number", "rest"), [(signal.SIGINT, "stopped\n"), (signal.SIGTERM, "")])
def test_it_tells_its_address_until_it_is_stopped(number: signal.Signals, rest: str) -> None:
    command = [sys.executable, "-m", "waystation", "demo-upstream", "--port", "0", "--keys", "a,b"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("demo upstream on ").strip()
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{address}/models", timeout=10)  # noqa: S310 - http, on loopback
        refused.value.close()
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (refused.value.code, out, "Traceback" in err) == (401, rest, False)
